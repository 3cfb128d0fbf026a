import { randomUUID } from "node:crypto"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import type { Registered } from "refund-service/Providers"
import { simulator, simulatorCapabilities } from "refund-service/SimulatorProvider"
import { assertHttpLawsHold, type OutsideRefund } from "refund-testkit/httpLaws"
import { afterAll, beforeAll, vi } from "vitest"
import { startServer, type TestServer } from "./support/server.ts"

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined
const runs = isDeep ? 2_000 : 120
const fewer = isDeep ? 1_000 : 50

/** Pays at once as the simulator does, and tells of what is given back at its own desk; whoever calls it is believed. */
const desk: Registered = {
  provider: simulator,
  capabilities: simulatorCapabilities,
  webhook: { receive: ({ body, now }) => Effect.succeed([newsOf(JSON.parse(Buffer.from(body).toString()), now)]) }
}

/** Told twice, it is another event, about the same refund. */
const newsOf = ({ amount, captureId, currency, id }: OutsideRefund, at: number): ProviderNews => {
  const [reference, money] = [`re_${id}`, { amount: BigInt(amount), currency: CurrencyCode.make(currency) }]
  const outcome = { _tag: "settled", reference, ...money, at: null } as const
  const about = { _tag: "refund", attempt: null, reference, captureReference: captureId, ...money, outcome } as const
  return { eventId: `evt_${randomUUID()}`, at, about }
}

let server: TestServer
let file: DatabaseSync
beforeAll(async () => {
  server = await startServer({ keys: "second:*:second-secret", providers: { desk } })
  file = new DatabaseSync(fileURLToPath(server.database))
})
afterAll(async () => {
  file.close()
  await server.stop()
})

/** The simulator says yes when it is asked again, minutes later: those minutes are over. */
const arrives = () =>
  // Whoever waited for the file here would keep this process, the server, from ending what it is about to write.
  vi.waitFor(
    () =>
      file.exec("UPDATE refunds SET due_at = 1, available_at = 1 WHERE state = 'pending' AND available_at IS NOT NULL"),
    { interval: 1, timeout: 60_000 }
  )

/** Only what never comes is waited for so long. */
const within = 60_000

const outside = {
  within,
  payer: (captureId: string) => ({ provider: "desk", reference: captureId }),
  tells: async (refund: OutsideRefund) => {
    const answer = await fetch(`${server.url}/webhooks/desk`, { method: "POST", body: JSON.stringify(refund) })
    assert.strictEqual(answer.status, 200)
  }
}

describe("this server, seen from outside", () => {
  it(
    `keeps every law over ${runs} histories that collide with themselves`,
    async () => {
      // Of these histories each kind is there several times over, whoever comes first where they collide.
      const options = { runs, length: 12, seed: 3, late: { arrives, within } }
      const keys = [server.adminKey, "second-secret"] as const
      const tally = await Effect.runPromise(assertHttpLawsHold({ ...options, url: server.url, keys }))
      const names = ["refunds", "replayed", "preview", "approve", "deny", "cancel", "settle", "journal counted"]
      const codes = ["ExceedsCaptured", "ExceedsCollected", "AmountNotPositive", "IdempotencyKeyReused", "SelfApproval"]
      const states = ["pending_approval", "approved", "settled", "failed", "denied", "canceled", "late successes"]
      const rare = [...names, ...codes, ...states].filter((name) => (tally[name] ?? 0) < 3)
      assert.deepStrictEqual(rare, [], JSON.stringify(tally))
    },
    isDeep ? 1_800_000 : 900_000
  )

  it(
    `keeps those of store credit, and of refunds that a provider tells of, over ${fewer} more (T09, A93)`,
    async () => {
      const options = { runs: fewer, length: 12, seed: 20_261_123, late: { arrives, within }, credit: true, outside }
      const keys = [server.adminKey, "second-secret"] as const
      const tally = await Effect.runPromise(assertHttpLawsHold({ ...options, url: server.url, keys }))
      const names = ["spend", "told from outside", "ExceedsCredit", "settled", "failed"]
      const rare = names.filter((name) => (tally[name] ?? 0) < 3)
      assert.deepStrictEqual(rare, [], JSON.stringify(tally))
    },
    isDeep ? 1_800_000 : 900_000
  )
})
