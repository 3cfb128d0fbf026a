import { expect, layer } from "@effect/vitest"
import { Effect } from "effect"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Outcomes } from "refund-core/ports/Outcomes"
import { Refunds } from "refund-core/Refunds"
import { deny, setPolicy } from "refund-testkit/build"
import { maverick } from "../src/maverick/inbound.ts"
import { layerLedger, send } from "./support/ledger.ts"
import { entries, no, ok, paid, refund, refundable, told } from "./support/maverick.ts"

layer(layerLedger())("The outcome of a refund at Maverick", (it) => {
  it.effect("that was declined is a 422 that names the refund, and nothing is given back", () =>
    Effect.gen(function* () {
      const id = yield* paid(1_000n, { reference: "sim_decline" })
      const answer = yield* refund(id, { amount: "4.00" })
      expect(told(answer)).toEqual([422, "The refund was declined: sim_decline"])
      expect(answer.headers?.["refund-id"]).toMatch(/^[0-9a-f-]{36}$/)
      expect(yield* refundable(id)).toBe(1_000n)
    })
  )

  it.effect("that is still open is InProgress, and holds the money", () =>
    Effect.gen(function* () {
      for (const reference of ["sim_hang", "sim_pending"]) {
        const id = yield* paid(1_000n, { reference })
        expect(ok(yield* refund(id, { amount: "4.00" })).status).toEqual({ status: "InProgress", reason: null })
        expect(yield* refundable(id)).toBe(600n)
      }
    })
  )

  it.effect("is not known where waiting fails: then the refund is InProgress, as it was committed", () =>
    Effect.gen(function* () {
      const gone = new LedgerUnavailable({ detail: "The ledger is gone", retryAfterSeconds: 3 })
      const answer = yield* refund(yield* paid(), { amount: "4.00" }).pipe(
        Effect.provideService(Outcomes, Outcomes.of({ wait: () => Effect.fail(gone) }))
      )
      expect(ok(answer).status.status).toBe("InProgress")
    })
  )

  it.effect("is answered again to the same Idempotency-Key, and to no other request with it", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      const headers = { "idempotency-key": "till-7" }
      const first = yield* refund(id, {}, { headers })
      const before = yield* entries(id)

      const again = yield* refund(id, {}, { headers })

      expect(ok(again)).toEqual(ok(first))
      expect(again.headers).toEqual({ ...first.headers, "idempotent-replayed": "true" })
      expect(no(yield* refund(id, { amount: "10.00" }, { headers }))[0]).toBe(422)
      expect(no(yield* refund(id, '{"terminal":{"id":25}}', { headers }))[0]).toBe(422)
      expect(yield* entries(id)).toEqual(before)
    })
  )

  // RULES §9, the same key in flight. The gateway documents no key at all, so the status is ours; its clients look up.
  it.effect(
    "conflicts where the same key comes again before the provider has answered, and is found by a look-up",
    () =>
      Effect.gen(function* () {
        const id = yield* paid(1_000n, { reference: "sim_submitting" })
        const headers = { "idempotency-key": "till-9" }
        const first = yield* refund(id, { amount: "4.00" }, { headers })
        expect(ok(first).status.status).toBe("InProgress")
        const before = yield* entries(id)

        const again = yield* refund(id, { amount: "4.00" }, { headers })

        expect(told(again)).toEqual([
          409,
          "The first request with this Idempotency-Key is still at the provider: look the refund up"
        ])
        expect(again.headers).toEqual({ ...first.headers, "idempotent-replayed": "true" })
        expect(yield* entries(id)).toEqual(before)
        const found = yield* send(maverick, { method: "GET", path: `/payment/${ok(first).id}` })
        expect(found.body).toEqual(ok(first))
      })
  )

  it.effect("waits for a person's consent; what was denied is told as such, without the person's words", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* refunds.execute(setPolicy({ maverick: { approval: { rule: "always" } } }))
      const id = yield* paid()
      const headers = { "idempotency-key": "till-8" }
      const asked = yield* refund(id, { amount: "4.00" }, { headers })
      expect(ok(asked).status.status).toBe("InProgress")
      yield* refunds.execute(deny(asked.headers?.["refund-id"] as never, { detail: "looks like fraud" }))

      const again = yield* refund(id, { amount: "4.00" }, { headers })

      expect(told(again)).toEqual([422, "The refund was denied"])
      expect(again.headers).toEqual({ ...asked.headers, "idempotent-replayed": "true" })
    })
  )
})
