import { describe, it } from "@effect/vitest"
import { approve, caller, capture, deny, minutes, noon, order, refundId, register, request } from "refund-testkit/build"
import { given } from "refund-testkit/given"

const r1 = refundId(1)

describe("what was asked of an order lately", () => {
  const bought = register(order({ captures: [capture("c-1", 100n), capture("c-2", 100n)] }))
  const at = (now: number) => caller({ now })

  it("is one sum per hour, of a day", () => {
    const hour = Math.floor(noon / minutes(60))
    given(
      bought,
      request({ amount: 1n, caller: at(noon - minutes(60 * 25)) }),
      request({ amount: 2n, caller: at(noon - minutes(60 * 23)) }),
      request({ amount: 4n })
    )
      .when(request({ amount: 8n, caller: at(noon + minutes(59)) }))
      .thenOrder({
        hours: [
          { hour: hour - 23, sum: 2n },
          { hour, sum: 12n }
        ]
      })
  })

  it("forgets what was denied, and that only", () => {
    const earlier = request({ amount: 5n, caller: at(noon - minutes(60)) })
    const waiting = request({ amount: 7n, id: r1, requiresApproval: true })
    given(bought, earlier, waiting, request({ amount: 9n }))
      .when(deny(r1))
      .thenOrder({ hours: [{ sum: 5n }, { sum: 9n }], recent: [{ amount: 5n }, { amount: 9n }] })
    given(bought, earlier, waiting)
      .when(approve(r1))
      .thenOrder({ hours: [{ sum: 5n }, { sum: 7n }], recent: [{ amount: 5n }, { amount: 7n }] })
  })

  it("are the last eight requests", () => {
    const nine = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n].map((amount) => request({ amount }))
    given(bought, ...nine)
      .when(request({ amount: 9n }))
      .thenOrder({ recent: [2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n].map((amount) => ({ amount })) })
  })

  it("is alike only on the same capture with the same amount, up to ten minutes ago", () => {
    const first = request({ amount: 5n, id: r1, capture: "c-1" })
    const asked = (options: Parameters<typeof request>[0]) => given(bought, first).when(request(options))
    const tenMinutesOn = at(noon + minutes(10))
    asked({ amount: 5n, capture: "c-1", caller: tenMinutesOn }).thenRefunds({}, { possibleDuplicateOf: r1 })
    const late = at(noon + minutes(10) + 1)
    asked({ amount: 5n, capture: "c-1", caller: late }).thenRefunds({}, { possibleDuplicateOf: null })
    asked({ amount: 5n, capture: "c-2" }).thenRefunds({}, { possibleDuplicateOf: null })
    asked({ amount: 6n, capture: "c-1" }).thenRefunds({}, { possibleDuplicateOf: null })
    asked({ amount: 5n, capture: "c-1", key: "k" }).thenRefunds({}, { possibleDuplicateOf: null })
    asked({ amount: 5n, capture: "c-1", chosen: true, id: refundId(2) }).thenRefunds({}, { possibleDuplicateOf: null })
  })
})
