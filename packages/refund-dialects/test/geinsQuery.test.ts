import { expect, layer } from "@effect/vitest"
import { Effect } from "effect"
import { type RefundId, TenantId } from "refund-core/Ids"
import { Outcomes } from "refund-core/ports/Outcomes"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, hours, noon, order, register, request } from "refund-testkit/build"
import { geins } from "../src/geins/inbound.ts"
import { act, ada, bob, create, refused, registered } from "./support/geins.ts"
import { layerLedger, type Sent, send } from "./support/ledger.ts"

layer(layerLedger())("Geins' query of refunds", (it) => {
  const query = (body: unknown, more: Partial<Sent> = bob) => send(geins, { path: "/API/Refund/Query", body, ...more })
  const foundBy = (body: unknown) =>
    Effect.map(query(body), (answer) => {
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      const { Resource } = answer.body as { readonly Resource: ReadonlyArray<{ readonly RefundId: string }> }
      return Resource.map((refund) => refund.RefundId)
    })

  it.effect("finds them by status", () =>
    Effect.gen(function* () {
      const external = yield* registered()
      const pending = yield* registered("simulator")
      yield* Refunds.use((refunds) =>
        refunds.execute(register(order({ captures: [capture("c-beyond")] }), { id: "2147483648" }))
      )
      yield* Refunds.use((refunds) => refunds.execute(request({ order: "2147483648", amount: 1n })))
      const processed = yield* create(external, { RefundAmount: 1 })
      yield* act(external, processed, "SetAsProcessed")
      const manually = yield* create(external, { RefundAmount: 1 })
      yield* act(external, manually, "SetAsSettled")
      const recorded = yield* create(external, { RefundAmount: 1, Settled: true })
      const credited = yield* create(external, { RefundAmount: 1, ToBalance: true })
      const waiting = yield* create(external, { RefundAmount: 1, RefundsRequireApproval: true })
      const approved = yield* create(external, { RefundAmount: 1 })
      const paid = yield* create(pending, { RefundAmount: 1 })
      yield* Outcomes.use((outcomes) => outcomes.wait(TenantId.make("acme"), paid))
      const denied = yield* create(external, { RefundAmount: 1, RefundsRequireApproval: true })
      yield* act(external, denied, "SetApproval", { Approved: false })

      const sent = yield* create(yield* registered("simulator", 1, "sim_pending"), { RefundAmount: 1 })
      const unclear = yield* create(yield* registered("simulator", 1, "sim_hang"), { RefundAmount: 1 })
      const declined = yield* create(yield* registered("simulator", 1, "sim_decline"), { RefundAmount: 1 })
      for (const id of [sent, unclear, declined]) {
        yield* Outcomes.use((outcomes) => outcomes.wait(TenantId.make("acme"), id))
      }

      const everything = [
        declined,
        unclear,
        sent,
        denied,
        paid,
        approved,
        waiting,
        credited,
        recorded,
        manually,
        processed
      ]
      expect(yield* foundBy({})).toEqual(everything)
      expect(yield* foundBy(undefined)).toEqual(everything)
      expect(yield* foundBy({ IncludeStatuses: [0] })).toEqual(everything)
      expect(yield* foundBy({ IncludeStatuses: [2] })).toEqual([paid, credited])
      expect(yield* foundBy({ IncludeStatuses: [3] })).toEqual([recorded, manually])
      expect(yield* foundBy({ IncludeStatuses: [4] })).toEqual([processed])
      expect(yield* foundBy({ IncludeStatuses: [6, 7] })).toEqual([approved, waiting])
      expect(yield* foundBy({ IncludeStatuses: [1] })).toEqual([sent])
      expect(yield* foundBy({ IncludeStatuses: [5] })).toEqual([unclear])
      expect(yield* foundBy({ ExcludeStatuses: [0, 1, 2, 3, 4, 5] })).toEqual([declined, denied, approved, waiting])
      expect(yield* foundBy({ IncludeStatuses: [6, 7], ExcludeStatuses: [7] })).toEqual([waiting])
    })
  )

  it.effect("finds them by date: from the one on, and before the other", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const later = (milliseconds: number) => ({ ...ada, now: noon + hours(48) + milliseconds })
      const send2 = (at: number, body: unknown) =>
        Effect.map(
          send(geins, { path: `/API/Order/${orderId}/Refund`, body, caller: later(at) }),
          (answer) => answer.headers?.["refund-id"] as RefundId
        )
      const first = yield* send2(0, { RefundAmount: 1, RefundsRequireApproval: true })
      const second = yield* send2(1_000, { RefundAmount: 1 })
      yield* act(
        orderId,
        first,
        "SetApproval",
        { Approved: true },
        { caller: { ...bob.caller, ...{ now: later(2_000).now } } }
      )
      expect(yield* foundBy({ CreatedAfter: "2026-11-04T12:00:00Z" })).toEqual([second, first])
      expect(yield* foundBy({ CreatedAfter: "2026-11-04T12:00:00.001Z" })).toEqual([second])
      expect(yield* foundBy({ CreatedAfter: "2026-11-04T12:00:00Z", CreatedBefore: "2026-11-04T12:00:01Z" })).toEqual([
        first
      ])
      expect(yield* foundBy({ ApprovedAfter: "2026-11-04T12:00:02Z" })).toEqual([first])
      expect(yield* foundBy({ ApprovedBefore: "2026-11-04T12:00:02Z", CreatedAfter: "2026-11-04T12:00:00Z" })).toEqual(
        []
      )
      expect(yield* foundBy({ UpdatedAfter: "2026-11-04T12:00:00Z", UpdatedBefore: "2026-11-04T12:00:02Z" })).toEqual([
        second
      ])
    })
  )

  it.effect("is for those who may read refunds, in the documented form", () =>
    Effect.gen(function* () {
      const asked = { caller: caller({ door: "geins", permissions: ["refunds:request", "orders:read"] }) }
      expect(refused(yield* query({}, asked))).toEqual(["This credential may not do that: it needs refunds:read"])
      expect(refused(yield* query([], asked)).join()).toContain("refunds:read")
      expect((yield* query({}, { caller: caller({ door: "geins", permissions: ["refunds:read"] }) })).status).toBe(200)
      for (const body of [
        [],
        5,
        { CreatedAfter: "2026" },
        { IncludeStatuses: 1 },
        { IncludeStatuses: [8] },
        { ExcludeStatuses: ["1"] },
        { IncludeStatuses: [1.5] }
      ]) {
        refused(yield* query(body))
      }
    })
  )

  it.effect("finds at most 1,000, and says so", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      for (let count = 0; count < 1_000; count++) yield* create(orderId, { RefundAmount: 0.01 })
      const [first] = yield* foundBy({ IncludeStatuses: [6] })
      expect(first).toBeDefined()
      expect(refused(yield* query({}))).toEqual(["a query that finds at most 1000 refunds"])
    })
  )
})
