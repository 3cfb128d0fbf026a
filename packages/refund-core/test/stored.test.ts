/** What was written down is read back as it was; a line that lacks something it must have is refused, not filled in. */
import { describe, it } from "@effect/vitest"
import { assertTrue, deepStrictEqual, strictEqual } from "@effect/vitest/utils"
import { Result, Schema } from "effect"
import { canonical } from "../src/canonical.ts"
import type { Event } from "../src/Event.ts"
import { readEntry } from "../src/Journal.ts"
import { OrderTexts } from "../src/Order.ts"
import { doors } from "../src/Policy.ts"
import { Deduction, Texts } from "../src/Refund.ts"
import { SettingsHead } from "../src/Settings.ts"

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }
type Line = { readonly [key: string]: Json }

const [r1, r2, a1] = [1, 2, 3].map((count) => `00000000-0000-4000-8000-00000000000${count}`) as [string, string, string]
const at = 1_793_620_800_000
const onRefund = { refundId: r1 }
const onAttempt = { refundId: r1, attemptId: a1 }
const account = { customerId: "c-7", currency: "EUR", amount: "5000" }

const key = {
  name: "shop",
  permissions: ["refunds:request", "*"],
  hash: "ab12",
  id: "key_1",
  prefix: "rk_1",
  roles: ["clerk"],
  createdAt: at,
  createdBy: "ada",
  expiresAt: at
}

const endpoint = {
  id: "ep_1",
  url: "https://shop.example/refunds",
  events: ["refund.*"],
  form: "standard",
  enabled: true,
  secretHashes: ["cd34"]
}

const overrides = {
  native: { approval: { rule: "above", amount: "10000" }, fourEyesExcept: ["shop"], creditDays: 365 },
  kibo: { overRefund: "capture_strict", approval: { rule: "always" } }
}

const charge = { amount: "500", tax: "100", discount: "10" }

/** One stored line for each event. */
const lines: { readonly [Tag in Event["_tag"]]: Line } = {
  OrderRegistered: {
    orderId: "o-1",
    order: {
      currency: "EUR",
      customerId: "c-7",
      taxIncluded: true,
      lines: [{ id: "1", quantity: 2, ...charge }],
      shipping: charge,
      invoiceFee: charge,
      fees: [{ code: "gift", ...charge }],
      subtotal: "2000",
      tax: "400",
      discounts: "40",
      total: "2360",
      captures: [
        {
          id: "k-1",
          amount: "2360",
          provider: "stripe",
          reference: "ch_1",
          tender: "card",
          authorizedAmount: "2360",
          capturedAt: at
        }
      ]
    }
  },
  DisputeRecorded: { orderId: "o-1", dispute: { id: "d-1", captureId: "k-1", amount: "2360", state: "won", at } },
  RefundRequested: {
    refund: {
      id: r1,
      groupId: r1,
      number: 1,
      orderId: "o-1",
      captureId: "k-1",
      customerId: "c-7",
      type: "default",
      destination: "original",
      amount: "1000",
      currency: "EUR",
      provider: "stripe",
      origin: "requested",
      state: "approved",
      shares: [{ component: "line:1", amount: "1000", tax: "100" }],
      goodwill: "0",
      requestedBy: "ada",
      door: "native",
      requestedAt: at,
      effectiveAt: null,
      deducts: false,
      requiresApproval: false,
      skipEvents: false,
      reference: null,
      possibleDuplicateOf: null,
      notes: ["SubtotalUnknown"]
    },
    key: "k-1"
  },
  RefundApproved: { ...onRefund, detail: "fine" },
  ApprovalUndone: { ...onRefund, detail: null },
  RefundDenied: { ...onRefund, detail: "twice" },
  RefundCanceled: { ...onRefund, detail: null },
  RefundRedacted: { ...onRefund, detail: "asked for by the customer" },
  OrderRedacted: { orderId: "o-1", detail: null },
  AttemptStarted: { ...onAttempt, account: "acme-eu" },
  OutcomeLost: { ...onAttempt, detail: "no answer" },
  AttemptNotSent: { ...onAttempt, detail: "connection refused" },
  RefundPending: { ...onAttempt, reference: "re_1" },
  ActionRequired: { ...onAttempt, reference: null },
  RefundDeclined: { ...onAttempt, code: "expired_card", reference: "re_1", toldAt: at },
  RefundRetried: { ...onRefund, detail: null, shares: [{ component: "shipping", amount: "10", tax: "0" }] },
  FailureProposed: { ...onRefund, detail: "not on the statement" },
  FailureOvertaken: onRefund,
  RefundResolved: { ...onRefund, to: "failed", reference: "bank 17", detail: "not on the statement" },
  RefundReversed: { ...onRefund, attemptId: a1, reference: "re_1", effectiveAt: at, detail: "account closed" },
  ReviewNeeded: {
    ...onRefund,
    attemptId: null,
    detail: "the amounts differ",
    shares: [{ component: "shipping", amount: "10", tax: "0" }]
  },
  RefundSettled: {
    ...onRefund,
    attemptId: a1,
    recorded: false,
    reference: "re_1",
    effectiveAt: at,
    detail: null
  },
  RefundReconciled: {
    ...onRefund,
    report: "october.csv",
    reference: "txn_1",
    amount: "1000",
    fee: "20",
    effectiveAt: at
  },
  CreditPosted: { ...onRefund, ...account, expiresAt: null },
  CreditReversed: { ...onRefund, ...account },
  CreditSpent: { ...account, orderId: "o-2", captureId: "k-2" },
  CreditExpired: { ...account, before: at },
  DeductionNetted: { ...onRefund, intoId: r2, amount: "5" },
  DeductionRealised: { ...onRefund, intoId: r2, amount: "5" },
  DeductionReleased: { ...onRefund, intoId: r2, amount: "5" },
  Posted: {
    source: `refund:${r1}`,
    currency: "EUR",
    effectiveAt: at,
    bookedAt: at,
    lines: [
      { account: "sales_returns", amount: "1000" },
      { account: "provider_clearing", amount: "-1000" }
    ]
  },
  PeriodClosed: { version: 1, before: at },
  PolicySet: { version: 2, overrides },
  KeyCreated: { version: 3, key },
  KeyRevoked: { version: 4, hash: "ab12" },
  KeyRotated: { version: 5, hash: "ab12", until: at, key },
  EndpointSet: { version: 6, endpoint },
  EndpointRemoved: { version: 7, endpointId: "ep_1" },
  ProvidersSet: { version: 8, providers: { stripe: "acme-eu" } }
}

/** What a vendor need not say of an order, and what was not written down in the beginning. */
const mayLack: ReadonlyArray<RegExp> = [
  /^OrderRegistered\.order\.(customerId|taxIncluded|lines|shipping|invoiceFee|fees|subtotal|tax|discounts|total)$/,
  /^OrderRegistered\.order\..*\.(quantity|tax|discount)$/,
  /^AttemptStarted\.account$/,
  /^ProvidersSet\.providers\./,
  /^RefundDeclined\.toldAt$/,
  /^RefundRetried\.shares$/,
  /^ReviewNeeded\.shares$/,
  /^CreditPosted\.expiresAt$/,
  /key\.(id|prefix|roles|createdAt|createdBy|expiresAt)$/,
  /overrides\.(native|kibo)(\.\w+)?$/
]

/** The value without one field of it, for each field at any depth. */
const lacking = (value: Json, path: string): ReadonlyArray<readonly [path: string, value: Json]> => {
  if (value === null || typeof value !== "object") return []
  if (Array.isArray(value)) {
    return value.flatMap((each, index) =>
      lacking(each, `${path}.${index}`).map(([where, less]) => [where, value.with(index, less)] as const)
    )
  }
  return Object.entries(value).flatMap(([name, each]) => {
    const { [name]: _, ...less } = value as Line
    const where = `${path}.${name}`
    const within = lacking(each, where).map(([deeper, inner]) => [deeper, { ...value, [name]: inner }] as const)
    return [[where, less] as const, ...within]
  })
}

const read = (...events: ReadonlyArray<Json>) =>
  readEntry(JSON.stringify({ tenant: "acme", chain: "order:o-1", seq: 1, at, by: "ada", door: "native", events }))

const isRead = (event: Json): boolean =>
  Result.match(read(event), {
    onSuccess: () => true,
    onFailure: (why) => {
      assertTrue(why.startsWith("not an event: "), why)
      return false
    }
  })

describe("a line of the journal", () => {
  for (const [tag, fields] of Object.entries(lines)) {
    const line = { _tag: tag, ...fields }

    it(`that says ${tag} is read as it was written`, () => {
      const back = read(line)
      if (Result.isFailure(back)) throw new Error(back.failure)
      strictEqual(canonical(back.success.events), canonical([line]))
    })

    it(`that says ${tag} is refused where it lacks what it must have`, () => {
      for (const [path, less] of lacking(fields, tag)) {
        const what = mayLack.some((each) => each.test(path))
        strictEqual(isRead({ ...(less as Line), _tag: tag }), what, path)
      }
    })
  }

  it("names the state of a dispute, and its form of an endpoint, out of those that there are", () => {
    const dispute = (state: string) =>
      isRead({
        _tag: "DisputeRecorded",
        orderId: "o-1",
        dispute: { id: "d-1", captureId: "k-1", amount: "1", state, at }
      })
    deepStrictEqual(["open", "won", "lost", "", "closed"].map(dispute), [true, true, true, false, false])
    const form = (each: string) => isRead({ _tag: "EndpointSet", version: 1, endpoint: { ...endpoint, form: each } })
    deepStrictEqual(["standard", "geins", "maverick", "", "kibo"].map(form), [true, true, true, false, false])
  })

  it("keeps no amount of an order that a JSON number could not keep", () => {
    const order = (amount: string) =>
      isRead({ _tag: "OrderRegistered", orderId: "o-1", order: { currency: "EUR", captures: [], total: amount } })
    deepStrictEqual(["0", "9007199254740991", "9007199254740992", "9007199254740993", "-1"].map(order), [
      true,
      true,
      false,
      false,
      false
    ])
  })
})

describe("what is kept beside the journal", () => {
  const assertKept = <T>(codec: Schema.Codec<T, unknown>, kept: Line, optional: ReadonlyArray<string>): void => {
    const decode = Schema.decodeUnknownResult(codec)
    const whole = decode(kept)
    if (Result.isFailure(whole)) throw new Error(whole.failure.message)
    strictEqual(canonical(whole.success), canonical(kept))
    for (const name of Object.keys(kept)) {
      const { [name]: _, ...less } = kept
      strictEqual(Result.isSuccess(decode(less)), optional.includes(name), name)
    }
  }

  it("is a refund's texts: their salt, and whatever was said", () => {
    const texts = { salt: "s", reason: "damaged", note: "broken handle", author: "ada", metadata: { ticket: 7 } }
    assertKept(Schema.toCodecJson(Texts), texts, ["reason", "note", "author", "metadata"])
  })

  it("is an order's texts: all of them", () => {
    const texts = { salt: "s", lines: { "1": "a shirt" }, vendor: { kibo: { a: 1 } }, captures: { "k-1": { kibo: 1 } } }
    assertKept(Schema.toCodecJson(OrderTexts), texts, [])
  })

  it("is what was taken off a refund, and of which return cost", () => {
    assertKept(Schema.toCodecJson(Deduction), { refundId: r2, amount: "5" }, [])
  })

  it("is a tenant's settings, to which endpoints were added later", () => {
    const settings = { version: 3, overrides, keys: [key], closedBefore: null, endpoints: [endpoint] }
    assertKept(Schema.toCodecJson(SettingsHead), settings, ["endpoints"])
    const each = Object.fromEntries(doors.map((door) => [door, { fourEyes: false }]))
    assertKept(Schema.toCodecJson(SettingsHead), { ...settings, overrides: each }, ["endpoints"])
  })
})
