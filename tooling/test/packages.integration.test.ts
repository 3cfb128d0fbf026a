/**
 * The packages as somebody gets them who has nothing but npm. `npm test` tries them with the pinned Node and TypeScript 7;
 * `npm run test:packages` also with the oldest of both that are promised, and holds each package against publint and attw.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { killAll, startProcess } from "../../apps/http/test/support/process.ts"
import { Command } from "../packages/Command.ts"
import { complaints } from "../packages/complaints.ts"
import { Importer, nodeOf, pack } from "../packages/Importer.ts"
import { packages, pages } from "../packages/pages.ts"
import { root } from "./root.ts"

const isThorough = process.env["REFUND_TEST_PACKAGES"] !== undefined
const folder = mkdtempSync(join(tmpdir(), "refund-packed-"))
afterAll(async () => {
  await killAll()
  rmSync(folder, { recursive: true, force: true })
})

const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")
const pinned = (name: string): string => new RegExp(`^ {2}"?${name}"?: (\\S+)$`, "m").exec(workspace)?.[1] ?? "latest"
const others = ["effect", "vitest", "@effect/vitest", "@types/node"].map((name) => `${name}@${pinned(name)}`)

const newest = {
  name: "Node 24 and TypeScript 7",
  node: async () => process.execPath,
  typescript: pinned("typescript")
}
const oldest = {
  name: "Node 22 and TypeScript 5.9",
  node: () => nodeOf("22.23.3", join(folder, "node")),
  typescript: "5.9.3"
}

/** What a page calls a server of the reader's own, and a store of the reader's own. */
const testkit = join(root, "packages", "refund-testkit")
const ownServer = ["smallServer.ts", "smallLedger.ts", "smallCredit.ts"]
const ownStore = `import { storeContract } from "refund-testkit/storeContract"
import { layer } from "./JsonFileStore.ts"

storeContract("A Map and one JSON file", layer("ledger.json"))
`

const packed = pack(mkdtempSync(join(folder, "tarballs-")), isThorough ? "each" : "once")
const snippets = pages()

describe.each(isThorough ? [newest, oldest] : [newest])("an importer with npm, $name", ({ node, typescript }) => {
  let importer: Importer
  beforeAll(async () => {
    const tarballs = (await packed).values()
    importer = await Importer.make(tarballs, { node: await node(), typescript, checksDeclarations: isThorough, others })
    for (const { code, file } of snippets) await importer.write(join("pages", file), code)
    for (const file of ownServer) {
      await importer.write(join("support", file), readFileSync(join(testkit, "test", "support", file), "utf8"))
    }
    const example = join(importer.folder, "node_modules", "refund-testkit", "examples", "JsonFileStore.ts")
    await importer.write(join("store", "JsonFileStore.ts"), readFileSync(example, "utf8"))
    await importer.write(join("store", "JsonFileStore.test.ts"), ownStore)
  }, 300_000)
  afterAll(() => importer?.remove())

  it("finds every page's code to be of the types that the packages declare", { timeout: 180_000 }, async () => {
    expect(await importer.tool("typescript", "tsc", "-p", ".")).toMatchObject({ code: 0, output: "" })
  })

  const programs = snippets.filter(({ file }) => !file.endsWith(".test.ts"))
  it.each(programs)("gets from $file what its page says", async ({ code, file, output }) => {
    const server = code.includes("REFUND_URL")
      ? await startProcess({ REFUND_DATABASE_URL: "file:" + join(folder, file) })
      : null
    const env = server === null ? {} : { REFUND_URL: server.url, REFUND_KEY: server.adminKey }
    const ran = await importer.run([join("pages", file)], env)
    expect(ran, ran.output).toMatchObject({ code: 0, stdout: output ?? "" })
  })

  // The others take long, and pass here from source: test/readme of refund-testkit.
  const tests = snippets.flatMap(({ file }) => (file.endsWith(".test.ts") ? [`pages/${file}`] : []))
  const chosen = isThorough ? [...tests, "store/JsonFileStore.test.ts"] : tests.slice(0, 2)
  it(`passes the tests ${chosen.join(", ")}`, { timeout: 300_000 }, async () => {
    const ran = await importer.tool("vitest", "vitest", "run", "--maxWorkers=2", "--no-color", ...chosen)
    expect(ran.code, ran.output).toBe(0)
    expect(ran.stdout).toMatch(new RegExp(`Test Files +${chosen.length} passed \\(${chosen.length}\\)`))
  })
})

const order = {
  id: "P-1",
  currency: "USD",
  captures: [{ id: "p-1", amount: 4_920, provider: "manual", tender: "cash", capturedAt: "2026-11-01T10:00:00Z" }]
}

if (isThorough) {
  describe.each([newest, oldest])("`npm i -g` of what is packed, $name", ({ name, node }) => {
    let command: Command
    beforeAll(async () => {
      command = await Command.installed(join(folder, `command on ${name}`), await node())
      writeFileSync(join(command.folder, "order.json"), JSON.stringify(order))
    }, 300_000)

    const done = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
      const ran = await command.refund(args, env)
      expect(ran.code, `${args.join(" ")}: ${ran.output}`).toBe(0)
      return ran.stdout
    }

    it("says its version and what it can do", { timeout: 60_000 }, async () => {
      const { version } = JSON.parse(readFileSync(join(root, "apps", "cli", "package.json"), "utf8"))
      expect(await done(["--version"])).toBe(`refund v${version}\n`)
      expect(await done(["--help"])).toContain("refund <subcommand>")
    })

    it("refunds an order on a file of its own, and proves it", { timeout: 60_000 }, async () => {
      await done(["order", "put", "order.json"])
      await done(["request", "P-1", "19.99", "--reason", "return"])
      expect(await done(["report", "reason"])).toContain("return")
      const { code, output } = await command.refund(["verify"])
      expect([code, output]).toEqual([0, "The books agree: 2 journal entries of 1 order\n"])
    })

    it("serves, and works against what it serves", { timeout: 60_000 }, async () => {
      const keys = { REFUND_API_KEYS: "admin:*:admin-secret", REFUND_DATABASE_URL: "file:./served.db" }
      const server = await command.serve(keys)
      const there = (...args: ReadonlyArray<string>) =>
        done([...args, "--url", server.url], { REFUND_API_KEY: "admin-secret" })
      try {
        await there("order", "put", "order.json")
        await there("request", "P-1", "5", "--id", "0191f5a7-44d3-7430-8739-2d80821416bf")
        expect(await there("verify")).toContain("The books agree")
      } finally {
        await server.stop()
      }
      expect(await done(["verify", "--database", "served.db"])).toContain("The books agree")
    })
  })

  it.each(packages)("%s is packed as every tool expects it", { timeout: 120_000 }, async (name) => {
    expect(await complaints((await packed).get(name) ?? "")).toEqual([])
  })
}
