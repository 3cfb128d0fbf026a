import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import { Effect, Result } from "effect"
import { RefundId } from "refund-core/Ids"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import Stripe from "stripe"
import { make } from "../src/Webhook.ts"
import { fixture } from "./double/description.ts"
import { usd } from "./support/attempts.ts"

const now = 1_700_000_000_000
const seconds = now / 1000
const secret = "whsec_new"
const webhook = make({ secrets: ["whsec_old", secret] })

const bytes = (text: string) => new TextEncoder().encode(text)
const signed = (payload: string, by = secret, timestamp = seconds) =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp })
const receive = (body: Uint8Array, header: string | undefined, at = now) =>
  Effect.runSync(Effect.result(webhook.receive({ body, headers: { "stripe-signature": header }, now: at })))

const event = (type: string, object: unknown, more: object = {}, previous?: object) =>
  JSON.stringify({
    id: "evt_1",
    object: "event",
    api_version: "2026-10-28.endive",
    created: seconds - 5,
    type,
    data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
    ...more
  })
const news = (text: string): ReadonlyArray<ProviderNews> => {
  const received = receive(bytes(text), signed(text))
  if (Result.isFailure(received)) throw received.failure
  return received.success
}
const about = (type: string, object: unknown, previous?: object) => {
  const [only, ...more] = news(event(type, object, {}, previous))
  assert.strictEqual(more.length, 0)
  assert.deepInclude(only, { eventId: "evt_1", at: now - 5_000 })
  return only?.about
}

describe("a delivery (T42)", () => {
  const body = event("refund.created", fixture.refund)

  it("signed with the endpoint's secret is received, and with the one that is being replaced", () => {
    for (const each of [secret, "whsec_old"]) assert.isTrue(Result.isSuccess(receive(bytes(body), signed(body, each))))
  })

  it("signed with both, while Stripe itself has two, is received", () => {
    const both = `${signed(body, "whsec_unknown")},${signed(body).split(",")[1]}`
    assert.isTrue(Result.isSuccess(receive(bytes(body), both)))
  })

  it("is received until its signature is five minutes old, and not a second longer", () => {
    assert.isTrue(Result.isSuccess(receive(bytes(body), signed(body, secret, seconds - 300))))
    assert.isTrue(Result.isFailure(receive(bytes(body), signed(body, secret, seconds - 301))))
  })

  it.each<[what: string, body: Uint8Array, header: string | undefined]>([
    ["without a signature", bytes(body), undefined],
    ["with an empty one", bytes(body), ""],
    ["with another scheme's", bytes(body), signed(body).replace("v1=", "v0=")],
    ["with rubbish", bytes(body), "t=x,v1=y"],
    ["with a signature of nothing", bytes(body), `t=${seconds},v1=`],
    ["signed with another secret", bytes(body), signed(body, "whsec_other")],
    ["signed with an empty secret", bytes(body), signed(body, " ")],
    ["of another time than was signed", bytes(body), signed(body).replace(`t=${seconds}`, `t=${seconds + 1}`)],
    ["with one byte changed", bytes(body.replace("100", "900")), signed(body)],
    ["written anew", bytes(JSON.stringify(JSON.parse(body), null, 2)), signed(body)],
    ["with a byte order mark put before it", bytes(`\uFEFF${body}`), signed(body)],
    ["with a line break put after it", bytes(`${body}\n`), signed(body)],
    ["with broken bytes", new Uint8Array([...bytes(body.slice(0, -1)), 0xff]), signed(`${body.slice(0, -1)}\uFFFD`)],
    ["that is empty", bytes(""), signed("")]
  ])("%s is refused", (_, body, header) => {
    const received = receive(body, header)
    assert.isTrue(Result.isFailure(received))
    if (Result.isFailure(received)) {
      assert.strictEqual(received.failure._tag, "WebhookRefused")
      assert.notInclude(received.failure.detail, "whsec")
    }
  })

  it("cannot be received with an empty secret, with which anybody could sign", () => {
    assert.throws(() => make({ secrets: [""] }))
    assert.throws(() => make({ secrets: [secret, " "] }))
  })
})

describe("what is told of a refund", () => {
  const refundId = RefundId.make("0191f5a7-44d3-7430-8739-2d80821416bf")
  const attemptId = RefundId.make("0191f5a7-44d3-7430-8739-2d80821416c0")
  const metadata = { refund_id: refundId, attempt_id: attemptId, tenant: "acme" }
  const refund = (more: object = {}) => ({ ...fixture.refund, metadata, ...more })
  const told = {
    _tag: "refund",
    attempt: { refundId, attemptId },
    reference: "re_1Pgc72B7WZ01zgkWqPvrRrPE",
    captureReference: "ch_1PgafuB7WZ01zgkWXYmPNZs8",
    amount: 100n,
    currency: usd
  } as const
  const { reference } = told
  const settled = { _tag: "settled", reference, amount: 100n, currency: usd, at: 1_234_567_890_000 } as const

  it.each(["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"])(
    "%s says how it stands",
    (type) => {
      assertEquals(about(type, refund()), { ...told, outcome: settled })
      assertEquals(about(type, refund({ status: "pending" })), { ...told, outcome: { _tag: "pending", reference } })
      const failed = refund({ status: "failed", failure_reason: "declined" })
      assertEquals(about(type, failed), { ...told, outcome: { _tag: "declined", code: "declined", reference } })
    }
  )

  it.each(["refund.updated", "charge.refund.updated"])(
    "%s of one that had succeeded says that it came back (T27)",
    (type) => {
      const failed = refund({ status: "failed", failure_reason: "expired_or_canceled_card" })
      assertEquals(about(type, failed, { status: "succeeded", failure_reason: null }), {
        ...told,
        outcome: { _tag: "reversed", reference, detail: "expired_or_canceled_card", at: now - 5_000 }
      })
    }
  )

  it("of one that waited says when the money moved; of a change to something else, when it was made", () => {
    const later = about("refund.updated", refund(), { status: "pending" })
    assertEquals(later, { ...told, outcome: { ...settled, at: now - 5_000 } })
    assertEquals(about("refund.updated", refund(), { metadata: {} }), { ...told, outcome: settled })
  })

  it.each<[what: string, metadata: object | null]>([
    ["in Stripe's dashboard", {}],
    ["before metadata", null],
    ["by another program", { attempt_id: "42", refund_id: "7" }],
    ["by half", { attempt_id: attemptId }]
  ])("made %s is nobody's attempt (T41)", (_, other) =>
    assertEquals(about("refund.created", refund({ metadata: other })), { ...told, attempt: null, outcome: settled })
  )

  it("names the payment intent, and the charge as its other name", () =>
    assertEquals(about("refund.created", refund({ payment_intent: "pi_1" })), {
      ...told,
      captureReference: "pi_1",
      captureAliases: [told.captureReference],
      outcome: settled
    }))

  it("in a currency whose unit at Stripe is another is told in minor units (A74)", () => {
    const isk = about("refund.created", refund({ amount: 500, currency: "isk" }))
    assert.deepInclude(isk as object, { amount: 5n, currency: "ISK" })
  })

  it.each<[what: string, type: string, object: unknown]>([
    ["no refund", "refund.created", { object: "charge", id: "ch_1" }],
    ["nothing", "refund.updated", null],
    ["an amount that is none", "refund.updated", refund({ amount: 1.5 })],
    ["a currency that there is not", "refund.created", refund({ currency: "zzz" })],
    ["a status that is new", "refund.updated", refund({ status: "settling" })],
    ["no dispute", "charge.dispute.created", refund()],
    ["no charge", "charge.refunded", refund()],
    ["an unreadable refund of a charge", "charge.refunded", { ...fixture.charge, refunds: { data: [{}] } }]
  ])("with %s is kept for a person to read", (_, type, object) => {
    const [only] = news(event(type, object))
    assert.strictEqual(only?.about._tag, "unreadable")
  })

  it("that is no event is kept for a person too, once however often it comes", () => {
    for (const text of ["[]", "{", "null", '{"object":"event"}', event("refund.created", {}, { created: "now" })]) {
      const [first, second] = [news(text), news(text)]
      assert.deepStrictEqual(first, second)
      assert.strictEqual(first[0]?.about._tag, "unreadable")
    }
  })
})

describe("what is told of a charge", () => {
  const refunds = (...data: ReadonlyArray<object>) => ({ ...fixture.charge, refunds: { object: "list", data } })
  const refund = (id: string, status: string) => ({ ...fixture.refund, id, status })

  it("names each of its refunds, in the API versions that send them along (A25)", () => {
    const told = news(event("charge.refunded", refunds(refund("re_2", "pending"), refund("re_1", "succeeded"))))
    assert.deepStrictEqual(
      told.map(({ about, eventId }) => [eventId, about._tag === "refund" ? about.outcome._tag : about._tag]),
      [
        ["evt_1:re_2", "pending"],
        ["evt_1:re_1", "settled"]
      ]
    )
  })

  it("leaves those that came back to their own events, which say what they were", () =>
    assertEquals(about("charge.refunded", refunds(refund("re_1", "failed"), refund("re_2", "canceled"))), {
      _tag: "other",
      type: "charge.refunded"
    }))

  it.each<[what: string, charge: object]>([
    ["sends none along", { ...fixture.charge, refunds: undefined }],
    ["has none", refunds()]
  ])("that %s is nothing to a refund: `refund.created` comes beside it", (_, charge) =>
    assertEquals(about("charge.refunded", charge), { _tag: "other", type: "charge.refunded" })
  )
})

describe("what is told of a dispute (A90, A91, A92)", () => {
  const dispute = (status: string, more: object = {}) => ({
    id: "dp_1",
    object: "dispute",
    amount: 100,
    currency: "usd",
    charge: "ch_1",
    payment_intent: "pi_1",
    reason: "fraudulent",
    status,
    ...more
  })
  const told = {
    _tag: "dispute",
    id: "dp_1",
    captureReference: "pi_1",
    captureAliases: ["ch_1"],
    amount: 100n,
    currency: usd
  }

  it.each<[status: string, state: string]>([
    ["needs_response", "open"],
    ["under_review", "open"],
    ["won", "won"],
    ["lost", "lost"]
  ])("%s is %s", (status, state) => {
    for (const type of ["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"]) {
      assertEquals(about(`charge.dispute.${type}`, dispute(status)) as unknown, { ...told, state })
    }
  })

  it.each([
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "prevented",
    "appeal_needs_response",
    "appeal_under_review"
  ])("%s takes no money, or changes nothing of what was told", (status) => {
    const type = `charge.dispute.updated (${status})`
    assertEquals(about("charge.dispute.updated", dispute(status)), { _tag: "other", type })
  })

  it("without a payment intent names the charge alone", () => {
    const { captureAliases, ...rest } = told
    assertEquals(about("charge.dispute.closed", dispute("lost", { payment_intent: null })) as unknown, {
      ...rest,
      captureReference: captureAliases[0],
      state: "lost"
    })
  })

  it.each<[what: string, more: object]>([
    ["of a new status", { status: "settled" }],
    ["that is named like a part of every object", { status: "constructor" }],
    ["of no charge", { charge: null, payment_intent: null }],
    ["of an amount that is none", { amount: 1.5 }]
  ])("%s is kept for a person to read", (_, more) =>
    assert.strictEqual(about("charge.dispute.updated", dispute("lost", more))?._tag, "unreadable")
  )
})

describe("what is told of anything else", () => {
  it.each(["payment_intent.succeeded", "charge.succeeded", "refund.something_new", "transfer.reversed"])(
    "%s is nothing to a refund",
    (type) => assertEquals(about(type, {}), { _tag: "other", type })
  )

  it("by the newer API, which sends names only, is nothing to a refund", () => {
    const text = JSON.stringify({
      id: "evt_2",
      object: "v2.core.event",
      type: "v2.core.account.closed",
      created: "2026"
    })
    const type = "v2.core.account.closed"
    assertEquals(news(text), [{ eventId: "evt_2", at: now, about: { _tag: "other", type } }])
  })
})
