import { isBuiltin } from "node:module"
import { parse, resolveFrom, type Source, sourcesIn } from "./Source.ts"

export interface Workspace {
  /** packages/refund-core */
  readonly folder: string
  readonly manifest: {
    readonly name: string
    readonly private?: boolean
    readonly bin?: unknown
    readonly exports?: unknown
    readonly dependencies?: Readonly<Record<string, string>>
    readonly devDependencies?: Readonly<Record<string, string>>
    readonly peerDependencies?: Readonly<Record<string, string>>
    readonly optionalDependencies?: Readonly<Record<string, string>>
  }
  readonly sources: ReadonlyArray<Source>
}

interface Arrows {
  readonly to: ReadonlyArray<string>
  /** What only its tests need. */
  readonly tests?: ReadonlyArray<string>
}

const libraries = ["refund-core", "refund-api", "refund-service", "refund-store", "refund-dialects", "refund-testkit"]

/** Who may depend on whom in this repository. A package without a row here fails: a new one is a decision. */
const arrowsOf = (name: string): Arrows | undefined => {
  if (name.startsWith("provider-")) return { to: ["refund-core"], tests: ["refund-testkit"] }
  return {
    "refund-core": { to: [] },
    "refund-testkit": { to: ["refund-core"] },
    "refund-store": { to: ["refund-core"], tests: ["refund-testkit"] },
    "refund-dialects": { to: ["refund-core"], tests: ["refund-testkit", "refund-store", "refund-service"] },
    "refund-api": { to: ["refund-core"], tests: ["refund-testkit"] },
    "refund-service": { to: ["refund-core", "refund-api"], tests: ["refund-store", "refund-testkit"] },
    "refund-http": { to: [...libraries, "provider-*"] },
    "refund-cli": { to: [...libraries, "provider-*", "refund-http"] },
    "refund-console": { to: ["refund-api"], tests: ["refund-http", "refund-testkit"] }
  }[name]
}

/** The only files that compose layers, and so the only ones that see a store. All else reaches the ledger through `Refunds`. */
const composers = [
  "apps/http/src/ledgers.ts",
  "apps/http/src/main.ts",
  "apps/http/src/server.ts",
  "apps/cli/src/storePlaces.ts"
]

export const arrows = (workspaces: ReadonlyArray<Workspace>): ReadonlyArray<string> => {
  const ours = new Set(workspaces.map(({ manifest }) => manifest.name))
  return workspaces.flatMap(({ folder, manifest, sources }) => {
    const allowed = arrowsOf(manifest.name)
    if (allowed === undefined) return [`${folder}: ${manifest.name} has no arrows in tooling/checks/arrows.ts`]
    const mayUse = (name: string) => allows(allowed.to, name)
    const mayTestWith = (name: string) => mayUse(name) || allows(allowed.tests ?? [], name)
    const runtime = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }
    // A package that is not published, or only as a command in one bundle, is built from its development dependencies.
    const isBuilt = manifest.private === true || (manifest.bin !== undefined && manifest.exports === undefined)
    const declared = new Set(Object.keys(isBuilt ? { ...runtime, ...manifest.devDependencies } : runtime))
    return [
      ...Object.keys(runtime)
        .filter((name) => ours.has(name) && !mayUse(name))
        .map((name) => `${folder}/package.json: ${manifest.name} may not depend on ${name}`),
      ...Object.keys(manifest.devDependencies ?? {})
        .filter((name) => ours.has(name) && !mayTestWith(name))
        .map((name) => `${folder}/package.json: the tests of ${manifest.name} may not depend on ${name}`),
      ...sources.flatMap((source) =>
        parse(source).imports.flatMap(({ from }) => {
          const wrong = wrongImport({ from, source, folder, self: manifest.name, declared, ours, mayUse })
          return wrong === undefined ? [] : [`${source.path}: ${wrong}`]
        })
      )
    ]
  })
}

const wrongImport = ({
  declared,
  folder,
  from,
  mayUse,
  ours,
  self,
  source
}: {
  readonly from: string
  readonly source: Source
  readonly folder: string
  readonly self: string
  readonly declared: ReadonlySet<string>
  readonly ours: ReadonlySet<string>
  readonly mayUse: (name: string) => boolean
}) => {
  if (from.startsWith(".")) {
    return resolveFrom(source.path, from).startsWith(`${folder}/`) ? undefined : `reaches out of its package: ${from}`
  }
  if (isBuiltin(from)) return undefined
  const name = packageOf(from)
  if (name === self) return `imports its own package by name: ${from}`
  if (ours.has(name) && !mayUse(name)) return `may not import ${from}`
  if (name === "refund-store" && !composers.includes(source.path)) {
    return `may not import ${from}: only ${composers.join(", ")} see a store`
  }
  if (name === "refund-http" && from !== "refund-http/server") return `may not import ${from}, only refund-http/server`
  return declared.has(name) ? undefined : `imports ${name}, which its package.json does not list under dependencies`
}

const allows = (names: ReadonlyArray<string>, name: string) =>
  names.includes(name) || (names.includes("provider-*") && name.startsWith("provider-"))

const packageOf = (from: string) =>
  from
    .split("/")
    .slice(0, from.startsWith("@") ? 2 : 1)
    .join("/")

export const check = (root: string) =>
  arrows(
    sourcesIn(root, "packages/*/package.json", "apps/*/package.json").map(({ path, text }) => {
      const folder = path.slice(0, -"/package.json".length)
      return {
        folder,
        manifest: JSON.parse(text),
        sources: sourcesIn(root, `${folder}/src/**/*.ts`, `${folder}/src/**/*.tsx`)
      }
    })
  )
