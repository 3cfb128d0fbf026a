/** Refunds 1 after 1 until the file may not grow any further, and says what is left: its starter limits the file's size. */
import { readFileSync } from "node:fs"
import { Effect } from "effect"
import type { Command } from "refund-core/Command"
import { decide, scopeOf } from "refund-core/decide"
import { OrderId } from "refund-core/Ids"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { layer } from "../../examples/JsonFileStore.ts"
import { caller, capture, order, register, request } from "../../src/build.ts"

const path = process.argv[2] ?? ""
const by = caller()
const execute = (command: Command) =>
  LedgerStore.use((store) => store.transact(scopeOf(command), (facts) => decide(command, facts)))
const held = LedgerStore.use((store) =>
  store.read({ tenant: by.tenant, at: { order: OrderId.make("o-1") } }, (facts) => facts.order?.held)
)
const filled = Effect.gen(function* () {
  yield* execute(register(order({ captures: [capture("c-1", 1_000n)] })))
  let answered = 0n
  const failure = yield* Effect.suspend(() => execute(request({ amount: 1n }))).pipe(
    Effect.tap(Effect.sync(() => answered++)),
    Effect.forever,
    Effect.flip
  )
  return { failure: failure._tag, answered, held: yield* held }
}).pipe(Effect.provide(layer(path)))

const { answered, failure, held: known } = await Effect.runPromise(filled)
const isWhole = readFileSync(path, "utf8").endsWith("\n")
const reopened = await Effect.runPromise(held.pipe(Effect.provide(layer(path))))
console.log([failure, isWhole, answered > 3n, known === answered, reopened === answered].join(" "))
