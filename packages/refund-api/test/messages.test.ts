import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { assertSuccess } from "@effect/vitest/utils"
import { Result, Schema } from "effect"
import { type CreditHead, noCredit } from "refund-core/Credit"
import type { CurrencyCode } from "refund-core/Currency"
import type { Event } from "refund-core/Event"
import type { CaptureId, CustomerId, OrderId, RefundId, TenantId } from "refund-core/Ids"
import { creditChain, entryText } from "refund-core/Journal"
import { notificationTypes } from "refund-core/Notification"
import type { Told } from "refund-core/ports/Feed"
import type { InboxEvent } from "refund-core/ports/Inbox"
import type { JournalEntry } from "refund-core/ports/LedgerReader"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { CreditBody, creditToJson } from "../src/CreditBody.ts"
import { toEndpointId, toEndpointWish } from "../src/EndpointBody.ts"
import { EventPattern, EventsBody, eventsToJson, toEventsQuery } from "../src/EventBody.ts"
import { InboxBody, inboxToJson } from "../src/InboxBody.ts"
import { toJournalChain } from "../src/JournalBody.ts"
import { violationToJson } from "../src/Problem.ts"

const [USD, customerId] = ["USD" as CurrencyCode, "c-7" as CustomerId]
const refundId = "0191f5a7-44d3-7430-8739-2d80821416b0" as RefundId
const strict = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) =>
  Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })
const wire = (body: unknown): unknown => JSON.parse(JSON.stringify(body))

describe("types of events", () => {
  const isPattern = Schema.is(EventPattern)

  it("are those that there are, their beginnings, or all", () => {
    for (const type of notificationTypes) assert.isTrue(isPattern(type), type)
    for (const pattern of ["*", "refund.*", "approval.*", "credit.*", "dispute.*"]) assert.isTrue(isPattern(pattern))
    for (const pattern of [
      "",
      "refund",
      "refund.",
      "refund.paid",
      "refunds.*",
      "re*",
      "*.*",
      "**",
      "*.settled",
      " *"
    ]) {
      assert.isFalse(isPattern(pattern), pattern)
    }
  })

  it("are asked for in a query, which lists every fault", () => {
    assertSuccess(toEventsQuery({}), { after: null, limit: 50, types: ["*"], muted: false })
    assertSuccess(toEventsQuery({ after: "c", limit: "200", types: "refund.*,credit.spent", muted: "true" }), {
      after: "c",
      limit: 200,
      types: ["refund.*", "credit.spent"],
      muted: true
    })
    const faulty = toEventsQuery({ limit: "0", types: "paid", muted: "1", colour: "red" })
    assert(Result.isFailure(faulty))
    assert.sameMembers(
      faulty.failure.violations.map((violation) => "path" in violation && violation.path),
      ["limit", "types", "muted", "colour"]
    )
  })
})

describe("what the ledger tells", () => {
  const told = (event: Event, more: Partial<Told> = {}): Told => ({
    ...{ id: "e-1", cursor: "c-1", chain: "order:A-1", seq: 3, type: "dispute.open", at: 1_000 },
    ...{ orderId: "A-1" as OrderId, customerId: null, refund: null, state: null, muted: false, event },
    ...more
  })

  it("has amounts as integers and times as text, however deep they lie, and no name twice", () => {
    const dispute = { id: "d", captureId: "882" as CaptureId, amount: 5n, state: "open", at: 2_000 } as const
    const page = {
      events: [
        told({ _tag: "DisputeRecorded", orderId: "A-1" as OrderId, dispute }),
        told(
          { _tag: "CreditExpired", customerId, currency: USD, amount: 7n, before: 3_000 },
          { type: "credit.expired" }
        )
      ],
      next: "c-2"
    }
    const json = eventsToJson(page)
    assert.deepStrictEqual(
      json.events.map(({ details }) => details),
      [
        { dispute: { id: "d", captureId: "882", amount: 5, state: "open", at: "1970-01-01T00:00:02.000Z" } },
        { currency: "USD", amount: 7, before: "1970-01-01T00:00:03.000Z" }
      ]
    )
    assert(Result.isSuccess(strict(EventsBody)(wire(json))))
    assert.deepStrictEqual(
      eventsToJson(page, ["credit.*"]).events.map(({ type }) => type),
      ["credit.expired"]
    )
  })
})

describe("a customer's account", () => {
  const chain = creditChain(customerId, USD)
  const journal = (...entries: ReadonlyArray<ReadonlyArray<Event>>): ReadonlyArray<JournalEntry> =>
    entries.map((events, index) => {
      const stamp = { at: 1_000 * index, by: "ada", door: "native" as const }
      const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")
      return { chain, seq: index + 1, hash: "", text: entryText("t", chain, index + 1, stamp, events, sha256) }
    })
  const posted = (amount: bigint): Event => ({ _tag: "CreditPosted", refundId, customerId, currency: USD, amount })
  const spent = (amount: bigint): Event => ({
    ...{ _tag: "CreditSpent", customerId, currency: USD, amount },
    ...{ orderId: "A-2" as OrderId, captureId: "c-2" as CaptureId }
  })
  const account = (left: bigint, entries: number): CreditHead => ({
    ...noCredit(customerId, USD),
    lots: [{ expiresAt: null, left }],
    entries
  })
  const rows = (credit: CreditHead, entries: ReadonlyArray<JournalEntry>) => {
    const json = creditToJson(customerId, [{ credit, journal: entries }], 0)
    assert(Result.isSuccess(strict(CreditBody)(wire(json))))
    return json.balances[0]?.entries?.map(({ amount, balance, what }) => [what, amount, balance])
  }

  it("shows what was owed after each line, also of what was owed before there were lines", () => {
    const lines = journal([posted(40n)], [spent(25n)])
    assert.deepStrictEqual(rows(account(15n, 2), lines), [
      ["posted", 40, 40],
      ["spent", -25, 15]
    ])
    assert.deepStrictEqual(rows(account(115n, 2), lines), [
      ["posted", 40, 140],
      ["spent", -25, 115]
    ])
  })

  it("leaves out what was committed after the account was read", () => {
    assert.deepStrictEqual(rows(account(40n, 1), journal([posted(40n)], [spent(25n)])), [["posted", 40, 40]])
  })

  it("has no lines for who may not read its journal, and shows what has expired apart", () => {
    const lots = [
      { expiresAt: 1_000, left: 10n },
      { expiresAt: null, left: 30n }
    ]
    const json = creditToJson(customerId, [{ credit: { ...account(0n, 1), lots }, journal: null }], 1_000)
    assert.deepInclude(json.balances[0], { balance: 40, spendable: 30 })
    assert.doesNotHaveAnyKeys(json.balances[0] ?? {}, ["entries"])
  })
})

describe("an endpoint's wish", () => {
  it("has defaults, and takes Geins' placeholders in its address", () => {
    const url = "https://erp.example/{{id}}?channel={{channelName}}"
    assertSuccess(toEndpointWish({ url, events: ["*"] }), { url, events: ["*"], form: "standard", enabled: true })
  })

  it("has no name and password in its address, which the journal would keep for good", () => {
    for (const url of ["https://a:b@x.example", "https://a@x.example", "https://:b@x.example"]) {
      assert.isTrue(Result.isFailure(toEndpointWish({ url, events: ["*"] })), url)
    }
  })

  it("is under a name that can stand in a path", () => {
    for (const id of ["erp", "we_1", "A.b-c_9", "x".repeat(64)]) assertSuccess(toEndpointId(id), id)
    for (const id of ["", ".", "..", "a/b", "a b", "é", "x".repeat(65), "-a", "_a"]) {
      assert.isTrue(Result.isFailure(toEndpointId(id)), id)
    }
  })
})

describe("other answers", () => {
  it("show what a provider told in the ledger's words", () => {
    const about: ProviderNews["about"] = {
      _tag: "refund",
      attempt: null,
      reference: "re_1",
      captureReference: "ch_1",
      amount: 5n,
      currency: USD,
      outcome: { _tag: "settled", reference: "re_1", amount: 5n, currency: USD, at: 4_000 }
    }
    const event: InboxEvent = {
      id: 3,
      tenant: "t" as TenantId,
      provider: "stripe",
      news: { eventId: "evt", at: 1, about },
      receivedAt: 2,
      state: "parked",
      tries: 1,
      detail: "why",
      dueAt: null
    }
    const json = inboxToJson([event], 1)
    assert(Result.isSuccess(strict(InboxBody)(wire(json))))
    assert.deepStrictEqual([json.next, json.events[0]?.kind], ["3", "refund"])
    assert.deepStrictEqual(json.events[0]?.about, {
      ...{ attempt: null, reference: "re_1", captureReference: "ch_1", amount: 5, currency: "USD" },
      outcome: { kind: "settled", reference: "re_1", amount: 5, currency: "USD", at: "1970-01-01T00:00:04.000Z" }
    })
  })

  it("say when a capture that is too old was taken", () => {
    const violation = { _tag: "WindowClosed", captureId: "882", days: 90, capturedAt: 0 } as const
    assert.deepInclude(violationToJson(violation), { days: 90, capturedAt: "1970-01-01T00:00:00.000Z" })
  })

  it("a journal is an order's, or an account's", () => {
    assertSuccess(toJournalChain({ order: "A-1" }), "order:A-1")
    assertSuccess(toJournalChain({ customer: "c-7", currency: "USD" }), "credit:USD:c-7")
    for (const query of [{}, { customer: "c" }, { currency: "USD" }, { order: "A", customer: "c", currency: "USD" }]) {
      assert.isTrue(Result.isFailure(toJournalChain(query)), JSON.stringify(query))
    }
  })
})
