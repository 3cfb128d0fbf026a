import { describe, expect, it } from "vitest"
import { arrows, check, type Workspace } from "../checks/arrows.ts"
import { root } from "./root.ts"

const pkg = (
  folder: string,
  name: string,
  manifest: Omit<Workspace["manifest"], "name"> = {},
  files: Record<string, string> = {}
): Workspace => ({
  folder,
  manifest: { name, ...manifest },
  sources: Object.entries(files).map(([file, text]) => ({ path: `${folder}/src/${file}`, text }))
})

const core = pkg("packages/refund-core", "refund-core", { dependencies: { effect: "4" } })
const store = pkg("packages/refund-store", "refund-store", { dependencies: { "refund-core": "*" } })
const http = (files: Record<string, string>) =>
  pkg("apps/http", "refund-http", { dependencies: { express: "5", "refund-core": "*", "refund-store": "*" } }, files)
const storeImport = 'import { layer } from "refund-store/LedgerStoreSql"'

describe("arrows", () => {
  it("hold in this repository", () => expect(check(root)).toEqual([]))

  it("let a server compose a store, and routes reach the ledger through core", () =>
    expect(
      arrows([
        core,
        store,
        http({
          "server.ts": storeImport,
          "refundRoutes.ts":
            'import { Refunds } from "refund-core/Refunds"\nimport express from "express"\nimport "./problem.ts"'
        })
      ])
    ).toEqual([]))

  it.each([
    ["provider-stripe", "stripe"],
    ["provider-adyen", "@adyen/api-library"],
    ["provider-paypal", "@paypal/paypal-server-sdk"]
  ])("let %s reach core and its vendor's own SDK, and test with the contract", (name, sdk) => {
    const manifest = {
      dependencies: { [sdk]: "1" },
      peerDependencies: { effect: "4", "refund-core": "*" },
      devDependencies: { "refund-testkit": "*" }
    }
    const code = `import { Effect } from "effect"\nimport sdk from "${sdk}"\nimport "refund-core/ports/RefundProvider"`
    expect(arrows([core, pkg(`packages/${name}`, name, manifest, { "Provider.ts": code })])).toEqual([])
    const bare = pkg(`packages/${name}`, name, {}, { "Provider.ts": `import sdk from "${sdk}"` })
    expect(arrows([core, bare])).toHaveLength(1)
  })

  it.each(["refund-service", "refund-store", "refund-testkit", "provider-adyen", "refund-http"])(
    "refuse a provider that imports %s",
    (name) => {
      const other = pkg(name === "refund-http" ? "apps/http" : `packages/${name}`, name)
      const manifest = { dependencies: { [name]: "*" } }
      const stripe = pkg("packages/provider-stripe", "provider-stripe", manifest, {
        "Provider.ts": `import "${name}/X"`
      })
      expect(arrows([other, stripe])).toHaveLength(2)
    }
  )

  it.each<[string, Workspace]>([
    ["a handler that imports a store", http({ "refundRoutes.ts": storeImport })],
    ["a handler that imports a store's type", http({ "routes/approve.ts": 'import type { X } from "refund-store/X"' })],
    [
      "a package that depends on one it must not know",
      pkg("packages/refund-dialects", "refund-dialects", { dependencies: { "refund-store": "*" } })
    ],
    [
      "core, tested with another package",
      pkg("packages/refund-core", "refund-core", { devDependencies: { "refund-store": "*" } })
    ],
    [
      "a provider that depends on a store for its tests",
      pkg("packages/provider-stripe", "provider-stripe", { devDependencies: { "refund-store": "*" } })
    ],
    [
      "an import that package.json does not list",
      pkg("packages/refund-api", "refund-api", {}, { "Problem.ts": 'import { Effect } from "effect"' })
    ],
    [
      "an import that is only a development dependency",
      pkg(
        "packages/refund-api",
        "refund-api",
        { devDependencies: { effect: "4" } },
        { "Problem.ts": 'import { Effect } from "effect"' }
      )
    ],
    [
      "a path out of the package",
      pkg("packages/refund-api", "refund-api", {}, { "Problem.ts": 'import "../../refund-core/src/Violation.ts"' })
    ],
    ["a package imported dynamically", http({ "refundRoutes.ts": 'await import("refund-store/LedgerStoreSql")' })],
    ["a package re-exported", http({ "router.ts": 'export * from "refund-store/LedgerStoreSql"' })],
    ["a package nobody has drawn yet", pkg("packages/refund-extra", "refund-extra")]
  ])("refuse %s", (_, workspace) => expect(arrows([store, workspace])).toHaveLength(1))

  it("let the CLI start the HTTP server and see nothing else of it", () => {
    const cli = (from: string) =>
      pkg(
        "apps/cli",
        "refund-cli",
        { dependencies: { "refund-http": "*" } },
        { "serve.ts": `import { x } from "${from}"` }
      )
    expect(arrows([http({}), cli("refund-http/server")])).toEqual([])
    expect(arrows([http({}), cli("refund-http/router")])).toHaveLength(1)
  })
})
