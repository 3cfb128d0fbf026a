import { describe, expect, layer, it as test } from "@effect/vitest"
import { Effect, Schema } from "effect"
import type { RefundId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, hours, noon, order, register } from "refund-testkit/build"
import { readDateTime } from "../src/geins/dateTime.ts"
import { geins } from "../src/geins/inbound.ts"
import { BaseEnvelope } from "../src/geins/wire.ts"
import {
  act,
  ada,
  create,
  deleteRow,
  done,
  entries,
  group,
  headOf,
  refused,
  registered,
  states
} from "./support/geins.ts"
import { layerLedger, type Sent, send } from "./support/ledger.ts"

layer(layerLedger())("Geins' decisions on a refund", (it) => {
  it.effect("approve it or deny it, by another than the one who asked", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const asked = { RefundAmount: 10, RefundsRequireApproval: true }
      const [one, two] = [yield* create(orderId, asked), yield* create(orderId, asked)]
      expect(refused(yield* act(orderId, one, "SetApproval", { Approved: true }, { caller: ada }))).toEqual([
        `ada requested refund ${one}; another person must decide on it`
      ])
      const said = { Approved: true, ApprovalDecidedBy: "Eve", ApprovalDecidedOn: "2026-11-02T12:00:00Z" }
      expect(done(yield* act(orderId, one, "SetApproval", said), one)).toBe("Refund approved")
      expect((yield* group(one))[0]).toMatchObject({ state: "approved", approvedBy: "bob" })
      expect(done(yield* act(orderId, two, "SetApproval", { Approved: false }), two)).toBe("Refund denied")
      expect(yield* states(two)).toEqual(["denied"])
      expect((yield* headOf(orderId)).held).toBe(1_000n)
      expect(refused(yield* act(orderId, two, "SetApproval", { Approved: true }))).toEqual([
        `Refund ${two} is denied; approve does not apply`
      ])
    })
  )

  it.effect("settle it where another system pays: all of its rows, or one", () =>
    Effect.gen(function* () {
      const orderId = yield* registered("external", 2)
      const id = yield* create(orderId, { RefundAmount: 80 })
      const [first, second] = yield* group(id)
      const body = { SettledByAdminUserId: 5, SettledOn: "2026-11-02T13:30:00+02:00" }
      const row = `RefundRow/${second!.number}/SetAsSettled`
      expect(done(yield* act(orderId, id, row, body), id)).toBe("Refund row settled")
      expect(yield* states(id)).toEqual(["approved", "settled"])
      expect((yield* group(id))[1]).toMatchObject({
        settledAt: noon - hours(0.5),
        settledBy: "bob",
        detail: "by admin user 5"
      })
      refused(yield* act(orderId, id, row, body))

      expect(done(yield* act(orderId, id, "SetAsSettled"), id)).toBe("Refund settled")
      expect((yield* group(id)).map((refund) => [refund.state, refund.settledAt])).toEqual([
        ["settled", noon],
        ["settled", noon - hours(0.5)]
      ])
      expect(refused(yield* act(orderId, id, "SetAsSettled"))).toEqual([
        `Refund ${first!.id} is settled; settle does not apply`
      ])
    })
  )

  it.effect("process it: settled, under the payer's own reference", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const id = yield* create(orderId, { RefundAmount: 10 })
      const body = { ExternalId: "klarna-1", Reference: "batch 7", ProcessedOn: "2026-11-02T11:30:00Z" }
      expect(done(yield* act(orderId, id, "SetAsProcessed", body), id)).toBe("Refund processed")
      expect((yield* group(id))[0]).toMatchObject({
        state: "settled",
        providerReference: "klarna-1",
        detail: "processed: batch 7"
      })
      const shown = yield* send(geins, { method: "GET", path: `/API/Order/${orderId}/Refund/${id}` })
      expect(shown.body).toMatchObject({ Resource: { Processed: true, ProcessedOn: "2026-11-02T11:30:00.000Z" } })

      const other = yield* create(orderId, { RefundAmount: 10 })
      yield* act(orderId, other, "SetAsSettled")
      const settled = yield* send(geins, { method: "GET", path: `/API/Order/${orderId}/Refund/${other}` })
      expect(settled.body).toMatchObject({ Resource: { Processed: false, RefundRows: [{ Settled: true }] } })
    })
  )

  it.effect("do not settle what a provider of ours pays", () =>
    Effect.gen(function* () {
      const orderId = yield* registered("simulator")
      const id = yield* create(orderId, { RefundAmount: 10 })
      const before = yield* entries(orderId)
      refused(yield* act(orderId, id, "SetAsSettled"))
      refused(yield* act(orderId, id, "SetAsProcessed"))
      expect(yield* entries(orderId)).toEqual(before)
    })
  )

  it.effect("tell a row that could not be settled beside one that was, with the refund's id", () =>
    Effect.gen(function* () {
      const orderId = "4999"
      const captures = [capture(`a-${orderId}`, 100n, { provider: "external" }), capture(`b-${orderId}`, 100n)]
      yield* Refunds.use((refunds) => refunds.execute(register(order({ captures }), { id: orderId })))
      const id = yield* create(orderId, { RefundAmount: 2 })
      const answer = yield* act(orderId, id, "SetAsSettled")
      expect([answer.status, answer.headers?.["refund-id"]]).toEqual([400, id])
      expect(Schema.decodeUnknownSync(BaseEnvelope)(answer.body).Message).toBe("Bad request.")
      expect(yield* states(id)).toEqual(["settled", "approved"])
    })
  )

  it.effect("delete a row that is not settled: canceled, and what it held is free again", () =>
    Effect.gen(function* () {
      const orderId = yield* registered("external", 2)
      const id = yield* create(orderId, { RefundAmount: 80 })
      const [first, second] = yield* group(id)
      expect(done(yield* deleteRow(orderId, id, first!.number), id)).toBe("Refund row deleted")
      expect(yield* states(id)).toEqual(["canceled", "approved"])
      expect((yield* headOf(orderId)).held).toBe(3_000n)
      yield* act(orderId, id, `RefundRow/${second!.number}/SetAsSettled`)
      refused(yield* deleteRow(orderId, id, second!.number))
      expect(yield* states(id)).toEqual(["canceled", "settled"])
    })
  )

  it.effect("find no refund of another order and no row of another refund", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* registered(), yield* registered()]
      const id = yield* create(one, { RefundAmount: 10, RefundsRequireApproval: true })
      const other = yield* create(one, { RefundAmount: 10 })
      const [row] = yield* group(other)
      const none = "00000000-0000-4000-8000-ffffffffffff"
      for (const [orderId, refundId] of [
        [two, id],
        [one, none],
        ["abc", id]
      ] as const) {
        refused(yield* act(orderId, refundId, "SetApproval", { Approved: true }), 404)
        refused(yield* act(orderId, refundId, "SetAsSettled"), 404)
        refused(yield* act(orderId, refundId, "SetAsProcessed"), 404)
        refused(yield* deleteRow(orderId, refundId, 1), 404)
      }
      for (const rowId of [row!.number, "x", "1e0", "x".repeat(10_000)]) {
        refused(yield* deleteRow(one, id, rowId), 404)
        refused(yield* act(one, id, `RefundRow/${rowId}/SetAsSettled`), 404)
      }
    })
  )

  it.effect("are each for those who have the right, who need no other", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const waiting = { RefundAmount: 1, RefundsRequireApproval: true }
      const only = (permission: "refunds:approve" | "refunds:record" | "refunds:request") => ({
        caller: caller({ door: "geins", id: "bob", permissions: [permission] })
      })
      const calls = [
        ["refunds:approve", (id: string, by: Partial<Sent>) => act(orderId, id, "SetApproval", { Approved: true }, by)],
        ["refunds:record", (id: string, by: Partial<Sent>) => act(orderId, id, "SetAsSettled", {}, by)],
        ["refunds:record", (id: string, by: Partial<Sent>) => act(orderId, id, "SetAsProcessed", {}, by)],
        [
          "refunds:record",
          (id: string, by: Partial<Sent>) =>
            Effect.flatMap(group(id as RefundId), ([row]) =>
              act(orderId, id, `RefundRow/${row!.number}/SetAsSettled`, {}, by)
            )
        ],
        [
          "refunds:request",
          (id: string, by: Partial<Sent>) =>
            Effect.flatMap(group(id as RefundId), ([row]) => deleteRow(orderId, id, row!.number, by))
        ]
      ] as const
      for (const [permission, call] of calls) {
        const id = yield* create(orderId, permission === "refunds:approve" ? waiting : { RefundAmount: 1 })
        const other = only(permission === "refunds:approve" ? "refunds:record" : "refunds:approve")
        expect(refused(yield* call(id, other))).toEqual([`This credential may not do that: it needs ${permission}`])
        done(yield* call(id, only(permission)), id)
      }
      const nobody = only("refunds:approve")
      const none = "00000000-0000-4000-8000-ffffffffffff"
      for (const answer of [
        yield* act(orderId, none, "SetApproval", [], only("refunds:record")),
        yield* act(orderId, none, "SetAsSettled", [], nobody),
        yield* act(orderId, none, "SetAsProcessed", [], nobody),
        yield* act(orderId, none, "RefundRow/1/SetAsSettled", [], nobody),
        yield* deleteRow(orderId, none, 1, nobody)
      ]) {
        expect(refused(answer).join()).toContain("This credential may not do that")
      }
    })
  )

  it.effect("refuse what is not of the documented form, and change nothing", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const waiting = yield* create(orderId, { RefundAmount: 1, RefundsRequireApproval: true })
      const approved = yield* create(orderId, { RefundAmount: 1 })
      const before = yield* entries(orderId)
      const approvals: ReadonlyArray<unknown> = [
        {},
        { Approved: null },
        { Approved: "true" },
        { Approved: 1 },
        [],
        5,
        null,
        { Approved: true, ApprovalDecidedBy: 5 },
        { Approved: true, ApprovalDecidedBy: "x".repeat(2_001) },
        { Approved: true, ApprovalDecidedBy: "4242 4242 4242 4242" },
        { Approved: true, ApprovalDecidedOn: "yesterday" }
      ]
      for (const body of approvals) refused(yield* act(orderId, waiting, "SetApproval", body))
      // Taken at 11:00, and it is 12:00.
      const settlements: ReadonlyArray<unknown> = [
        [],
        5,
        { SettledByAdminUserId: "5" },
        { SettledByAdminUserId: 2 ** 31 },
        { SettledOn: 5 },
        { SettledOn: "2026-11-02T12:00:00" },
        { SettledOn: "2026-11-02T12:00:01Z" },
        { SettledOn: "2026-11-02T10:59:59Z" },
        { SettledOn: "0000-01-01T00:00:00Z" },
        { SettledOn: "9999-12-31T23:59:59Z" }
      ]
      for (const body of settlements) refused(yield* act(orderId, approved, "SetAsSettled", body))
      refused(yield* act(orderId, approved, "SetAsProcessed", { ExternalId: "x".repeat(256) }))
      refused(yield* act(orderId, approved, "SetAsProcessed", { ExternalId: "4242424242424242" }))
      refused(yield* act(orderId, approved, "SetAsProcessed", { Reference: 5 }))
      refused(yield* act(orderId, approved, "SetAsProcessed", { ProcessedOn: "2026-02-30T00:00:00Z" }))
      expect(yield* entries(orderId)).toEqual(before)
    })
  )
})

describe("a point in time at Geins", () => {
  test.each([
    ["2026-11-02T12:00:00Z", noon],
    ["2026-11-02T12:00:00.5Z", noon + 500],
    ["2026-11-02T12:00:00.1234567Z", noon + 123],
    ["2026-11-02T13:00:00+01:00", noon],
    ["2026-11-02T06:30:00-05:30", noon],
    ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)]
  ])("is read with its zone: %s", (text, at) => {
    expect(readDateTime(text)).toBe(at)
  })

  test.each([
    "",
    "2026-11-02",
    "2026-11-02T12:00:00",
    "2026-11-02 12:00:00Z",
    "2026-11-02T24:00:00Z",
    "2026-11-02T12:60:00Z",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-10T00:00:00Z",
    "2026-11-02T12:00:00+15:00",
    "Mon, 02 Nov 2026 12:00:00 GMT",
    "1793620800000"
  ])("is not read from %j", (text) => {
    expect(readDateTime(text)).toBeNull()
  })
})
