import { spawnSync } from "node:child_process"
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, it } from "@effect/vitest"
import { deepStrictEqual, strictEqual } from "@effect/vitest/utils"
import { Effect } from "effect"
import type { Command } from "refund-core/Command"
import { balance } from "refund-core/Credit"
import { decide, scopeOf } from "refund-core/decide"
import { CaptureId, OrderId, TenantId } from "refund-core/Ids"
import { type Facts, LedgerStore } from "refund-core/ports/LedgerStore"
import { afterAll } from "vitest"
import { layer } from "../examples/JsonFileStore.ts"
import { approve, caller, capture, order, refundId, register, request } from "../src/build.ts"
import { storeContract } from "../src/storeContract.ts"

const folder = mkdtempSync(join(tmpdir(), "refund-json-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const fresh = () => join(folder, `${++files}.json`)

storeContract("A Map and one JSON file", layer(fresh()))

const tenant = TenantId.make("shop")
const by = caller({ tenant })
const opened = <A, E>(path: string, use: Effect.Effect<A, E, LedgerStore>) => use.pipe(Effect.provide(layer(path)))
const execute = <C extends Command>(command: C) =>
  LedgerStore.use((store) => store.transact(scopeOf(command), (facts) => decide(command, facts)))
const facts = LedgerStore.use((store) =>
  store.read(
    { tenant, at: { order: OrderId.make("o-1") }, open: 9, registering: { captures: [CaptureId.make("c-1")] } },
    (found): Facts => found
  )
)
const made = Effect.gen(function* () {
  const texts = {
    salt: "s",
    lines: { "1": "12n", "2": "\\12n" },
    vendor: { kibo: { "\\": ["\\", "-3n", 3, null] } },
    captures: {}
  }
  yield* execute(register(order({ captures: [capture("c-1")], customer: "c" }), { caller: by, texts }))
  yield* execute(request({ amount: 60n, id: refundId(1), key: "k", requiresApproval: true, caller: by }))
  yield* execute(request({ amount: 7n, destination: "store_credit", caller: by }))
  return yield* facts
})

describe("A Map and one JSON file", () => {
  it.effect("is read again as it was written, whatever texts look like", () =>
    Effect.gen(function* () {
      const path = fresh()
      const before = yield* opened(path, made)
      deepStrictEqual(yield* opened(path, facts), before)
      strictEqual(balance(before.credit), 7n)
      const again = request({ amount: 60n, id: refundId(1), key: "k", requiresApproval: true, caller: by })
      strictEqual((yield* opened(path, execute(again))).replayed, true)
      const said = yield* opened(path, execute(approve(refundId(1), { caller: caller({ tenant, id: "bo" }) })))
      strictEqual(said[0]?.state, "approved")
    })
  )

  it.effect("forgets the line that was being written when the process died, and goes on", () =>
    Effect.gen(function* () {
      const path = fresh()
      const before = yield* opened(path, made)
      const text = readFileSync(path, "utf8")
      appendFileSync(path, text.slice(0, text.indexOf("\n")).slice(0, -5))
      deepStrictEqual(yield* opened(path, facts), before)
      yield* opened(path, execute(request({ amount: 1n, caller: by })))
      strictEqual((yield* opened(path, facts)).order?.held, 61n)
    })
  )

  it("changes nothing where the disk is full, in the middle of a line", () => {
    const script = fileURLToPath(new URL("support/fillFile.ts", import.meta.url))
    const command = `ulimit -f 16; exec "$0" --conditions=refund/source "$1" "$2"`
    const { stderr, stdout } = spawnSync("bash", ["-c", command, process.execPath, script, fresh()], {
      encoding: "utf8"
    })
    strictEqual(stdout + stderr, "LedgerUnavailable true true true true\n")
  })
})
