import { describe, it } from "@effect/vitest"
import type { RecordDispute } from "refund-core/Command"
import type { Dispute } from "refund-core/Order"
import {
  addCaptures,
  authorized,
  caller,
  capture,
  charge,
  line,
  order,
  refundId,
  register,
  request
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const conflict = (field: string, registered: string, requested: string) =>
  ({ _tag: "CaptureConflict", captureId: "c-1", field, registered, requested }) as const

describe("registering an order again", () => {
  const first = register(order({ captures: [capture("c-1", 60n)] }))

  it("with the same content changes nothing", () => {
    given(first)
      .when(register(order({ captures: [capture("c-1", 60n)] })))
      .thenNothing()
      .thenAnswered({ created: false, changed: false })
  })

  it("adds captures; what it does not name stays", () => {
    given(first)
      .when(register(order({ captures: [capture("c-2", 40n)] })))
      .thenAnswered({ order: { collected: 100n, entries: 2 } })
      .thenOrder({ entries: 2, collected: 100n, captures: [{ id: "c-1" }, { id: "c-2" }] })
    given(first)
      .when(addCaptures([capture("c-2", 40n)]))
      .thenOrder({ collected: 100n })
  })

  it("never lowers or re-prices a capture, nor moves it to another provider or order", () => {
    given(first)
      .when(register(order({ captures: [capture("c-1", 59n)] })))
      .thenRejected(conflict("amount", "60", "59"))
    given(first)
      .when(register(order({ captures: [capture("c-1", 61n)] })))
      .thenRejected(conflict("amount", "60", "61"))
    given(first)
      .when(register(order({ captures: [capture("c-1", 60n, { provider: "manual" })] })))
      .thenRejected(conflict("provider", "simulator", "manual"))
    given(first)
      .when(register(order({ captures: [capture("c-1", 60n)] }), { id: "o-2" }))
      .thenRejected(conflict("order", "o-1", "o-2"))
  })

  it("captures what was only authorized", () => {
    given(register(order({ captures: [authorized("c-1", 100n)] })))
      .when(register(order({ captures: [capture("c-1", 60n)] })))
      .thenOrder({ collected: 60n, refundable: 60n })
  })

  it("keeps its currency, and parts that have refunds", () => {
    given(first)
      .when(register(order({ captures: [], currency: "EUR" })))
      .thenRejected({ _tag: "OrderConflict", orderId: "o-1", field: "currency", registered: "USD", requested: "EUR" })
    given(register(order({ lines: [line("1", 60n)] })), request({ amount: 10n, line: "1" }))
      .when(register(order({ lines: [line("1", 50n)] })))
      .thenRejected({ _tag: "OrderConflict", orderId: "o-1", field: "line:1", registered: "60", requested: "50" })
  })

  it("keeps the customer who was credited", () => {
    given(register(order({ customer: "c-7" })), request({ amount: 1n, destination: "store_credit" }))
      .when(register(order({ customer: "c-8" })))
      .thenRejected({ _tag: "OrderConflict", orderId: "o-1", field: "customerId", registered: "c-7", requested: "c-8" })
  })
})

describe("an order's figures", () => {
  const mug = {
    captures: [],
    lines: [line("1", 4000n, { tax: 320n })],
    shipping: charge(500n),
    invoiceFee: charge(100n)
  }
  const sums = { subtotal: 4000n, tax: 320n, total: 4920n }

  it("that add up are kept", () => {
    given()
      .when(register(order({ ...mug, ...sums })))
      .thenOrder({ subtotal: 4000n, total: 4920n })
  })

  for (const [field, computed] of Object.entries(sums)) {
    it(`that do not are refused: ${field}`, () => {
      given()
        .when(register(order({ ...mug, ...sums, [field]: computed + 1n })))
        .thenRejected({ _tag: "OrderDoesNotAdd", field, currency: "USD", stated: computed + 1n, computed })
    })
  }

  it("discounts of the parts are the order's", () => {
    given()
      .when(register(order({ captures: [], lines: [line("1", 100n, { discount: 10n })], discounts: 11n })))
      .thenRejected({ _tag: "OrderDoesNotAdd", field: "discounts", currency: "USD", stated: 11n, computed: 10n })
  })

  it("with tax included do not count it twice", () => {
    given()
      .when(
        register(
          order({
            captures: [],
            taxIncluded: true,
            lines: [line("1", 119n, { tax: 19n })],
            subtotal: 100n,
            tax: 19n,
            total: 119n
          })
        )
      )
      .thenOrder({ components: [{ id: "line:1", charged: 119n }] })
  })

  it("tax that no part states is a part of its own", () => {
    given()
      .when(register(order({ captures: [], lines: [line("1", 100n)], tax: 19n, total: 119n })))
      .thenOrder({
        components: [
          { id: "line:1", charged: 100n },
          { id: "tax", charged: 19n }
        ]
      })
  })

  it("name each part once, and no more discount than its amount", () => {
    given()
      .when(register(order({ captures: [], lines: [line("1", 1n), line("1", 1n)] })))
      .thenRejected({ _tag: "Malformed", path: "lines.1", expected: "an id other than 1, which is used above" })
    given()
      .when(register(order({ captures: [], shipping: charge(5n, { discount: 6n }) })))
      .thenRejected({ _tag: "Malformed", path: "shipping.discount", expected: "at most 5" })
  })

  it("include no more tax than the amount it is included in", () => {
    given()
      .when(register(order({ captures: [], taxIncluded: true, shipping: charge(5n, { tax: 6n }) })))
      .thenRejected({ _tag: "Malformed", path: "shipping.tax", expected: "at most 5" })
    given()
      .when(register(order({ captures: [], taxIncluded: true, shipping: charge(5n, { discount: 4n, tax: 2n }) })))
      .thenRejected({ _tag: "Malformed", path: "shipping.tax", expected: "at most 1" })
  })

  it("fit a JSON number", () => {
    const half = 2n ** 52n
    given()
      .when(register(order({ captures: [capture("c-1", half), capture("c-2", half)] })))
      .thenRejected({ _tag: "Malformed", path: "", expected: "figures of at most 9007199254740991 minor units in all" })
  })

  it("are written by who may", () => {
    given()
      .when(register(order(), { caller: caller({ permissions: ["refunds:request"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "orders:write" })
  })

  it("of an order nobody knows take no captures", () => {
    given()
      .when(addCaptures([capture()]))
      .thenRejected({ _tag: "OrderNotFound", orderId: "o-1" })
  })
})

describe("a dispute", () => {
  const two = register(order({ captures: [capture("c-1", 60n), capture("c-2", 40n)] }))
  const dispute = (state: Dispute["state"], amount = 60n, captureId = "c-1"): RecordDispute => ({
    _tag: "RecordDispute",
    caller: caller(),
    orderId: "o-1" as never,
    dispute: { id: "d-1", captureId: captureId as never, amount, state, at: 0 }
  })
  const open = { _tag: "DisputeOpen", captureId: "c-1", disputed: 60n, currency: "USD" } as const

  it("open stops every refund of its capture; the others go on (A90, A91)", () => {
    given(two, dispute("open", 10n))
      .when(request({ amount: 1n, capture: "c-1" }))
      .thenRejected({ ...open, disputed: 10n })
    given(two, dispute("open", 10n))
      .when(request({ amount: 40n }))
      .thenRefunds({ captureId: "c-2" })
    given(two, dispute("open", 10n))
      .when(request({ amount: 41n }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 41n, refundable: 40n })
  })

  it("open can be overridden by who may by name", () => {
    given(two, dispute("open", 10n))
      .when(
        request({
          amount: 50n,
          capture: "c-1",
          caller: caller({ permissions: ["refunds:request", "disputes:override"] })
        })
      )
      .thenOrder({ disputed: 10n, held: 50n, refundable: 40n })
  })

  it("lost is subtracted, won is forgotten (A92)", () => {
    given(two, dispute("open")).when(dispute("lost")).thenOrder({ disputed: 60n, refundable: 40n })
    given(two, dispute("open"), dispute("lost"))
      .when(request({ amount: 1n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", currency: "USD", requested: 1n, refundable: 0n })
    given(two, dispute("open")).when(dispute("won")).thenOrder({ disputed: 0n, refundable: 100n })
  })

  it("makes an excess where money went back already", () => {
    given(two, request({ amount: 60n, capture: "c-1", settled: true, id: refundId(1) }))
      .when(dispute("open"))
      .thenOrder({ collected: 100n, disputed: 60n, refundable: 0n })
  })

  it("told again changes nothing; told otherwise is refused", () => {
    given(two, dispute("open")).when(dispute("open")).thenNothing()
    given(two, dispute("open"))
      .when(dispute("open", 61n))
      .thenRejected({ _tag: "DisputeConflict", disputeId: "d-1", field: "amount", registered: "60", requested: "61" })
    given(two, dispute("won"))
      .when(dispute("open"))
      .thenRejected({ _tag: "DisputeConflict", disputeId: "d-1", field: "state", registered: "won", requested: "open" })
    given(two)
      .when(dispute("open", 1n, "c-9"))
      .thenRejected({ _tag: "CaptureNotFound", captureId: "c-9" })
  })
})
