import { globSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { type EcmaScriptModule, parseSync } from "oxc-parser"

/** A file under check; `path` is relative to the repository and uses forward slashes. */
export interface Source {
  readonly path: string
  readonly text: string
}

export const sourcesIn = (root: string, ...patterns: ReadonlyArray<string>): ReadonlyArray<Source> =>
  patterns
    .flatMap((pattern) =>
      globSync(pattern, { cwd: root, exclude: (name) => name === "node_modules" || name === "dist" })
    )
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))

export interface Import {
  readonly from: string
  /** What is taken: `Effect` of `import { Effect as E }`, `*` for everything; `local` is the name it goes by here. */
  readonly names: ReadonlyArray<{ readonly name: string; readonly local: string }>
  readonly dynamic: boolean
}

export interface Node {
  readonly type: string
  readonly start: number
  readonly [key: string]: unknown
}

export interface Parsed {
  readonly imports: ReadonlyArray<Import>
  readonly program: Node
}

export const parse = ({ path, text }: Source): Parsed => {
  const { errors, module, program } = parseSync(path, text)
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`)
  return { imports: importsOf(module, text), program: program as unknown as Node }
}

const importsOf = (module: EcmaScriptModule, text: string): ReadonlyArray<Import> => {
  const imported = module.staticImports.map(({ entries, moduleRequest }) => ({
    from: moduleRequest.value,
    names: entries.map(({ importName, localName }) => ({ name: importName.name ?? "*", local: localName.value })),
    dynamic: false
  }))
  const reexported = module.staticExports
    .flatMap(({ entries }) => entries)
    .flatMap(({ importName, moduleRequest }) =>
      moduleRequest === null
        ? []
        : [{ from: moduleRequest.value, names: [{ name: importName.name ?? "*", local: "" }], dynamic: false }]
    )
  const dynamic = module.dynamicImports.map(({ moduleRequest }) => ({
    // Between its quotes, where it is a plain string.
    from: text.slice(moduleRequest.start, moduleRequest.end).replace(/^["'`]|["'`]$/g, ""),
    names: [{ name: "*", local: "" }],
    dynamic: true
  }))
  return [...imported, ...reexported, ...dynamic]
}

/** Visits every node with its parent, outermost first. */
export const walk = (node: Node, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void => {
  visit(node, parent)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit, node)
  }
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string"

export const lineOf = (source: Source, offset: number) => source.text.slice(0, offset).split("\n").length

/** `./Money.ts` seen from packages/refund-core/src/Order.ts is packages/refund-core/src/Money.ts. */
export const resolveFrom = (path: string, relative: string) => posix.join(posix.dirname(path), relative)
