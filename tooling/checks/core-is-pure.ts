import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { isNode, lineOf, type Node, parse, resolveFrom, type Source, sourcesIn, walk } from "./Source.ts"

const home = "packages/refund-core/src"

/** What would make a decision depend on more than its arguments. `types: []` keeps most out; `Date` is in every lib. */
const ambient = new Set(
  "Buffer Date WebSocket XMLHttpRequest clearInterval clearTimeout console crypto eval fetch global globalThis navigator performance process queueMicrotask require self setImmediate setInterval setTimeout window".split(
    " "
  )
)

const bannedModules = new Set(["Clock", "Console", "ManagedRuntime", "Random", "Runtime"])

const bannedMembers: Readonly<Record<string, RegExp>> = {
  DateTime: /^now|^unsafeNow|^is(Future|Past)|Local$/,
  Effect: /^run|^clock/,
  Math: /^random$/
}

/** refund-core's rules take everything as arguments: they import only effect's stable modules, and each other. */
export const coreIsPure = (sources: ReadonlyArray<Source>, isStable: (module: string) => boolean) =>
  sources.flatMap((source) => {
    const { imports, program } = parse(source)
    const findings: Array<string> = []
    const modules = new Map([["Math", "Math"]])
    const reject = (what: string, node?: Node) =>
      findings.push(`${source.path}${node === undefined ? "" : `:${lineOf(source, node.start)}`}: ${what}`)

    const checkModule = (name: string, local: string) => {
      if (bannedModules.has(name)) reject(`imports effect's ${name}: time, ids and chance are arguments`)
      else if (!isStable(name)) reject(`imports effect's ${name}, which is not marked stable`)
      modules.set(local, name)
    }

    for (const { dynamic, from, names } of imports) {
      if (dynamic) reject(`import() of ${from}`)
      else if (from.startsWith(".")) {
        if (!resolveFrom(source.path, from).startsWith(`${home}/`)) reject(`imports ${from}, outside of ${home}`)
      } else if (from === "effect") {
        for (const { local, name } of names) {
          if (name === "*") reject("imports all of effect: name the modules")
          // The barrel's lower-case names are those of effect/Function, which is stable.
          else if (/^[A-Z]/.test(name)) checkModule(name, local)
        }
      } else if (/^effect\/[A-Z]\w*$/.test(from)) {
        for (const { local } of names) checkModule(from.slice("effect/".length), local)
      } else reject(`imports ${from}`)
    }

    walk(program, (node, parent) => {
      if (node.type === "MetaProperty") reject("import.meta", node)
      if (node.type === "Identifier" && ambient.has(node["name"] as string) && isReference(node, parent)) {
        reject(`uses ${node["name"]}`, node)
      }
      const member = memberOf(node)
      if (member === undefined) return
      const module = modules.get(member.object)
      if (module !== undefined && bannedMembers[module]?.test(member.property)) {
        reject(`uses ${module}.${member.property}`, node)
      }
    })
    return findings
  })

/** `Date` in `new Date()` or `at: Date`, but not in `Schema.Date` or `{ Date: 1 }`. */
const isReference = (node: Node, parent: Node | undefined) =>
  parent === undefined ||
  !(
    (parent["property"] === node && parent["computed"] === false) ||
    (parent["key"] === node && parent["computed"] === false) ||
    (parent.type === "TSQualifiedName" && parent["right"] === node) ||
    parent.type === "ImportSpecifier" ||
    parent.type === "ExportSpecifier"
  )

const memberOf = (node: Node) => {
  if (node.type !== "MemberExpression") return undefined
  const { object, property } = node
  if (!isNode(object) || !isNode(property) || object.type !== "Identifier") return undefined
  return { object: String(object["name"]), property: String(property["name"] ?? property["value"]) }
}

const isStableIn = (effect: string) => (module: string) => {
  const file = join(effect, "src", `${module}.ts`)
  return existsSync(file) && /@stability (\w+)/.exec(readFileSync(file, "utf8"))?.[1] === "stable"
}

export const check = (root: string) =>
  coreIsPure(sourcesIn(root, `${home}/**/*.ts`), isStableIn(join(root, "packages/refund-core/node_modules/effect")))
