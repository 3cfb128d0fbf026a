/**
 * A process of its own that carries messages on a ledger, a file's or PostgreSQL's: it says `ready`, and does what it is told a line at a
 * time on its standard input.
 *
 * `deliver <log>`: sends what is due, which is to append a line to that file, until all is delivered; then says `idle`.
 * `tell <from>`: puts events numbered from there without end, ten at a time, and says which of them it was given to apply.
 */
import { appendFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { Effect, ManagedRuntime } from "effect"
import { TenantId } from "refund-core/Ids"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Inbox } from "refund-core/ports/Inbox"
import { noon } from "refund-testkit/build"
import * as PostgresLedger from "../src/PostgresLedger.ts"
import * as SqliteLedger from "../src/SqliteLedger.ts"

const [place = ""] = process.argv.slice(2)
/** No test takes so long: leases end when it says so. */
const leaseMilliseconds = 3_600_000
/** Each waits for the other as long as that needs on a machine that has other work too. */
const busyMilliseconds = 60_000
const options = { leaseMilliseconds, busyMilliseconds }
const runtime = ManagedRuntime.make(
  place.startsWith("postgres:")
    ? PostgresLedger.layer({ ...options, url: place })
    : SqliteLedger.layer({ ...options, file: place, synchronous: "OFF", thread: true })
)
const tenant = TenantId.make("acme")

const say = (line: string) => process.stdout.write(`${line}\n`)

const deliver = (log: string) =>
  Effect.gen(function* () {
    const { done, fanOut, list, take } = yield* Deliveries
    while (true) {
      const noted = yield* fanOut(20)
      const taken = yield* take(5)
      for (const delivery of taken) {
        const { told } = delivery
        appendFileSync(log, `${JSON.stringify([told.id, told.chain, told.seq])}\n`)
        say("sent")
        yield* done(delivery, { state: "delivered", dueAt: null, answer: "200" })
      }
      if (noted > 0 || taken.length > 0) continue
      const waiting = yield* list(tenant, { state: "waiting" }, { limit: 1, before: null })
      if (waiting.length === 0) return "idle"
      yield* Effect.sleep(5)
    }
  })

const tell = (from: string) =>
  Effect.gen(function* () {
    const inbox = yield* Inbox
    for (let number = Number(from); ; number += 10) {
      const news = Array.from({ length: 10 }, (_, index) => {
        return { eventId: String(number + index), at: noon, about: { _tag: "other", type: "ping" } } as const
      })
      for (const event of yield* inbox.put(tenant, "stripe", news, noon)) say(event.news.eventId)
    }
  })

const told: Record<string, (argument: string) => Effect.Effect<string, unknown, Deliveries | Inbox>> = { deliver, tell }

await runtime.runPromise(Effect.void)
say("ready")
for await (const line of createInterface({ input: process.stdin })) {
  const [command = "", argument = ""] = line.split(" ")
  const work = told[command]
  if (work === undefined) throw new Error(`told to ${line}`)
  say(await runtime.runPromise(work(argument)))
}
await runtime.dispose()
