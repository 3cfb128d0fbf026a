/** T61: a backup is brought back while its provider has gone on: what the provider tells again is recorded, and nothing is paid twice. */
import { copyFile, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { newEpoch } from "refund-store/SqliteLedger"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { callerOf, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { type Asked, eventOf, refundObject, signature, startStripe } from "./support/stripe.ts"

const secret = "whsec_of_the_shop"
let stripe: Awaited<ReturnType<typeof startStripe>>
let folder: string
beforeAll(async () => {
  stripe = await startStripe()
  folder = await mkdtemp(join(tmpdir(), "refunds-backup-"))
})
afterAll(async () => {
  await stripe.close()
  await rm(folder, { recursive: true, force: true })
})

const started = (file: string, worker: "on" | "off") =>
  startServer({
    env: {
      REFUND_DATABASE_URL: `file:${file}`,
      REFUND_WORKER: worker,
      REFUND_PROVIDERS_STRIPE_SECRET_KEY: "sk_test_1",
      REFUND_PROVIDERS_STRIPE_URL: stripe.url,
      REFUND_PROVIDERS_STRIPE_WEBHOOK_SECRETS: secret
    }
  })

const requested = async (server: TestServer, key: string, amount: number, wait = 30) => {
  const { body } = await callerOf(server)("POST", "/v1/orders/o/refunds", {
    headers: { "idempotency-key": key, prefer: `wait=${wait}` },
    body: { amount, captureId: "o-c" }
  })
  return body as { readonly id: string; readonly state: string }
}

const settled = async (server: TestServer, id: string) => {
  for (;;) {
    const { body } = await callerOf(server)("GET", `/v1/refunds/${id}`)
    if (body.state === "settled") return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const backedUp = (file: string, copy: string) => {
  const db = new DatabaseSync(file)
  db.exec(`VACUUM INTO '${copy}'`)
  db.close()
}

const payouts = (): ReadonlyArray<Asked> => stripe.asked.filter(({ method }) => method === "POST")

/** What Stripe sends again of all it paid, as its dashboard does when it is asked. */
const toldAgain = async (server: TestServer) => {
  for (const [at, { form }] of stripe.asked.entries()) {
    if (stripe.asked[at]?.method !== "POST") continue
    const body = eventOf("refund.updated", refundObject({ form, id: `re_${at + 1}` }))
    const { status } = await callerOf(server)("POST", "/webhooks/stripe", {
      key: null,
      body,
      headers: { "stripe-signature": signature(body, secret) }
    })
    expect(status).toBe(200)
  }
}

const figures = async (server: TestServer) => {
  const { collected, disputed, refundable, refunded } = (await callerOf(server)("GET", "/v1/orders/o")).body
  return { collected, disputed, refundable, refunded }
}

describe("a ledger that is brought back from a backup", () => {
  it("is told by its provider what it has forgotten, and pays none of it again", async () => {
    const file = join(folder, "refunds.db")
    const copy = join(folder, "backup.db")
    const idle = await started(file, "off")
    await callerOf(idle)("PUT", "/v1/orders/o", { body: payment("o", 100, { provider: "stripe", reference: "ch_1" }) })
    await idle.stop()
    const first = await started(file, "on")
    expect((await requested(first, "before", 40)).state).toBe("settled")
    await first.stop()
    // Approved, and not sent yet, when the backup is made; sent after it.
    const second = await started(file, "off")
    const caught = await requested(second, "caught", 20, 0)
    expect(caught.state).toBe("approved")
    const cursor = (await callerOf(second)("GET", "/v1/events")).body.next
    backedUp(file, copy)
    await second.stop()
    const third = await started(file, "on")
    await settled(third, caught.id)
    expect((await requested(third, "after", 10)).state).toBe("settled")
    const lost = await figures(third)
    expect(lost).toEqual({ collected: 100, disputed: 0, refundable: 30, refunded: 70 })
    await third.stop()
    expect(payouts().map(({ form }) => form.get("amount"))).toEqual(["40", "20", "10"])

    // As docs/operations.md says: a new epoch, no worker, then what the provider tells.
    const restored = join(folder, "restored.db")
    await copyFile(copy, restored)
    await Effect.runPromise(newEpoch({ file: restored }))
    const quiet = await started(restored, "off")
    const call = callerOf(quiet)
    expect((await call("GET", `/v1/events?after=${cursor}`)).status).toBe(410)
    await toldAgain(quiet)
    await toldAgain(quiet)
    expect((await call("GET", "/v1/orders/o")).body.refunded).toBe(70)
    // What was caught between is known by its name at the provider: it is settled, and nothing waits to be sent.
    expect((await call("GET", "/v1/refunds?state=approved")).body.refunds).toEqual([])
    expect((await call("GET", `/v1/refunds/${caught.id}`)).body.state).toBe("settled")
    await quiet.stop()

    const back = await started(restored, "on")
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(await figures(back)).toEqual(lost)
    expect(await back.journal()).toMatchObject({ ok: true })
    expect(payouts()).toHaveLength(3)
    // It is a ledger like any other.
    expect((await requested(back, "new", 30)).state).toBe("settled")
    expect(payouts()).toHaveLength(4)
    await back.stop()
  })
})
