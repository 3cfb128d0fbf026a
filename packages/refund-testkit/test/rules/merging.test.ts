import { describe, it } from "@effect/vitest"
import type { Registration } from "refund-core/Order"
import {
  addCaptures,
  authorized,
  caller,
  capture,
  charge,
  dispute,
  line,
  noon,
  order,
  refundId,
  register,
  request
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const r1 = refundId(1)
const conflict = (captureId: string, field: string, registered: string, requested: string) =>
  ({ _tag: "CaptureConflict", captureId, field, registered, requested }) as const
const keeps = (field: string, registered: string, requested: string) =>
  ({ _tag: "OrderConflict", orderId: "o-1", field, registered, requested }) as const

const again = (...captures: Registration["captures"]) => register(order({ captures }))

describe("a capture that is told again", () => {
  it("keeps its figures; another beside it has its own", () => {
    given(
      again(capture("c-1", 100n), capture("c-2", 50n)),
      request({ amount: 40n, capture: "c-2" }),
      dispute("lost", { capture: "c-1", amount: 30n })
    )
      .when(addCaptures([capture("c-3", 10n)]))
      .thenAnswered({ created: false, changed: true })
      .thenOrder({
        collected: 160n,
        held: 40n,
        disputed: 30n,
        captures: [
          { id: "c-1", collected: 100n, held: 0n, refunded: 0n, disputed: 30n },
          { id: "c-2", collected: 50n, held: 40n, refunded: 0n, disputed: 0n },
          { id: "c-3", collected: 10n, held: 0n, refunded: 0n, disputed: 0n }
        ]
      })
  })

  it("keeps the reference and the authorized amount that the later message leaves out", () => {
    const first = capture("c-1", 100n, { reference: "ch_1", authorizedAmount: 120n })
    given(again(first))
      .when(again({ ...first, reference: null, authorizedAmount: null }))
      .thenNothing()
      .thenOrder({ captures: [{ reference: "ch_1", authorizedAmount: 120n }] })
    const second = capture("c-2", 50n)
    given(again(first, second))
      .when(addCaptures([{ ...second, reference: null, authorizedAmount: null }]))
      .thenNothing()
      .thenOrder({ captures: [{ reference: "ch_1" }, { reference: "ch_c-2", authorizedAmount: 50n }] })
    given(again(capture("c-0", 1n), { ...first, reference: null, authorizedAmount: null }))
      .when(again(first))
      .thenOrder({
        captures: [
          { id: "c-0", reference: "ch_c-0" },
          { reference: "ch_1", authorizedAmount: 120n }
        ]
      })
  })

  it("keeps its tender, its reference and the time it was taken", () => {
    const first = capture("c-1", 100n, { reference: "ch_1" })
    given(again(first))
      .when(again({ ...first, tender: "cash" }))
      .thenRejected(conflict("c-1", "tender", "card", "cash"))
    given(again(first))
      .when(again({ ...first, reference: "ch_2" }))
      .thenRejected(conflict("c-1", "reference", "ch_1", "ch_2"))
    given(again(first))
      .when(again({ ...first, capturedAt: noon }))
      .thenRejected(conflict("c-1", "capturedAt", String(first.capturedAt), String(noon)))
    given(again(first))
      .when(again({ ...first, capturedAt: null }))
      .thenRejected(conflict("c-1", "capturedAt", String(first.capturedAt), "null"))
  })

  it("only authorized may still be taken, at another amount and time", () => {
    given(again(authorized("c-1", 100n)))
      .when(again(capture("c-1", 90n)))
      .thenOrder({ collected: 90n, refundable: 90n })
  })

  it("twice in one message is once too often", () => {
    given()
      .when(again(capture("c-1", 1n), capture("c-2", 1n), capture("c-1", 1n)))
      .thenRejected({
        _tag: "Malformed",
        path: "captures.2",
        expected: "an id other than c-1, which is used above"
      })
  })

  it("is added by who may write orders", () => {
    given(again(capture("c-1", 1n)))
      .when(addCaptures([capture("c-2", 1n)], { caller: caller({ permissions: ["orders:read"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "orders:write" })
  })
})

describe("an order that is told again", () => {
  const bought = {
    captures: [capture("c-1", 100n)],
    lines: [line("1", 60n, { tax: 6n }), line("2", 14n)],
    fees: [{ code: "gift", amount: 20n }]
  }

  it("says whether it was known, and whether anything was new", () => {
    given()
      .when(register(order(bought)))
      .thenAnswered({ created: true, changed: true })
    given(register(order(bought)))
      .when(register(order(bought)))
      .thenAnswered({ created: false, changed: false })
    given(register(order(bought)))
      .when(register(order({ ...bought, shipping: charge(1n) })))
      .thenAnswered({ created: false, changed: true })
  })

  it("keeps the rows and fees that it does not name, and takes the new ones", () => {
    given(register(order(bought)))
      .when(register(order({ captures: [], lines: [line("3", 5n)], fees: [{ code: "wrap", amount: 1n }] })))
      .thenOrder({
        components: [
          { id: "line:1", charged: 66n, tax: 6n },
          { id: "line:2", charged: 14n },
          { id: "line:3", charged: 5n },
          { id: "fee:gift", charged: 20n },
          { id: "fee:wrap", charged: 1n }
        ]
      })
    given(register(order({ captures: bought.captures })))
      .when(register(order(bought)))
      .thenOrder({ components: [{ id: "line:1" }, { id: "line:2" }, { id: "fee:gift" }] })
  })

  it("keeps what was held and refunded of each part", () => {
    given(register(order(bought)), request({ amount: 33n, line: "1" }))
      .when(register(order({ ...bought, shipping: charge(1n) })))
      .thenOrder({
        components: [
          { id: "line:1", held: 33n, taxTaken: 3n },
          { id: "line:2", held: 0n, taxTaken: 0n },
          { id: "shipping", held: 0n },
          { id: "fee:gift", held: 0n }
        ]
      })
  })

  it("may change a part without refunds, not one with; and neither its tax", () => {
    const held = given(register(order(bought)), request({ amount: 1n, line: "1" }))
    held
      .when(register(order({ ...bought, lines: [line("2", 15n)] })))
      .thenOrder({ components: [{ charged: 66n }, { charged: 15n }, {}] })
    given(register(order(bought)), request({ amount: 1n, line: "1" }))
      .when(register(order({ ...bought, lines: [line("1", 66n)] })))
      .thenRejected(keeps("line:1.tax", "6", "0"))
    const ownTax = { captures: bought.captures, lines: [line("1", 60n)], tax: 5n }
    given(register(order(ownTax)), request({ amount: 65n }))
      .when(register(order({ ...ownTax, lines: [line("1", 60n, { tax: 5n })] })))
      .thenRejected(
        keeps("line:1", "60", "65"),
        keeps("tax", "5", "0"),
        keeps("line:1.tax", "0", "5"),
        keeps("tax.tax", "5", "0")
      )
  })

  it("keeps its first known subtotal", () => {
    const known = { captures: bought.captures, subtotal: 50n }
    given(register(order(known)))
      .when(register(order({ ...known, subtotal: 51n })))
      .thenRejected(keeps("subtotal", "50", "51"))
    given(register(order(known)))
      .when(register(order({ captures: bought.captures })))
      .thenOrder({ subtotal: 50n })
    given(register(order({ captures: bought.captures })))
      .when(register(order(known)))
      .thenOrder({ subtotal: 50n })
  })

  it("may change its customer until one was credited", () => {
    const ada = register(order({ captures: bought.captures, customer: "ada" }))
    const bob = register(order({ captures: bought.captures, customer: "bob" }))
    given(ada, request({ amount: 1n }))
      .when(bob)
      .thenOrder({ customerId: "bob" })
    given(ada, request({ amount: 1n, destination: "store_credit" }))
      .when(bob)
      .thenRejected(keeps("customerId", "ada", "bob"))
  })

  it("keeps what was asked of it lately", () => {
    given(again(capture("c-1", 100n)), request({ amount: 7n, id: r1, operation: "a" }))
      .when(addCaptures([capture("c-2", 1n)]))
      .thenOrder({
        hours: [{ sum: 7n }],
        recent: [{ refundId: r1, captureId: "c-1", amount: 7n, at: noon }],
        entries: 3
      })
  })
})

describe("an order's parts", () => {
  const parts = (registration: Partial<Registration>) =>
    given().when(register(order({ captures: [], ...registration } as never)))
  const malformed = (path: string, expected: string) => ({ _tag: "Malformed", path, expected }) as const

  it("are named once: fees too", () => {
    const gift = { code: "gift", amount: 1n }
    parts({ fees: [gift, { code: "wrap", amount: 1n }, gift] }).thenRejected(
      malformed("fees.2", "an id other than gift, which is used above")
    )
    parts({ fees: [gift] }).thenOrder({ components: [{ id: "fee:gift" }] })
  })

  it("have no more discount than their amount, each told by its place", () => {
    const much = { amount: 5n, discount: 6n }
    parts({ lines: [line("1", 5n), { id: "2", ...much }] }).thenRejected(malformed("lines.1.discount", "at most 5"))
    parts({ invoiceFee: much }).thenRejected(malformed("invoiceFee.discount", "at most 5"))
    parts({ shipping: much }).thenRejected(malformed("shipping.discount", "at most 5"))
    parts({ fees: [{ code: "gift", ...much }] }).thenRejected(malformed("fees.0.discount", "at most 5"))
    parts({ shipping: { amount: 5n, discount: 5n } }).thenOrder({ components: [{ charged: 0n }] })
  })

  it("include no more tax than is left after the discount; beside the amount, any", () => {
    const part = { amount: 5n, discount: 5n, tax: 1n }
    parts({ shipping: part, taxIncluded: true }).thenRejected(malformed("shipping.tax", "at most 0"))
    parts({ shipping: { ...part, discount: 6n }, taxIncluded: true }).thenRejected(
      malformed("shipping.discount", "at most 5")
    )
    parts({ shipping: { amount: 5n, tax: 9n } }).thenOrder({ components: [{ charged: 14n, tax: 9n }] })
  })

  it("make the total, with the order's own discount, where lines or a subtotal say what the goods cost", () => {
    const wrong = (stated: bigint, computed: bigint) =>
      ({ _tag: "OrderDoesNotAdd", field: "total", currency: "USD", stated, computed }) as const
    parts({ lines: [line("1", 10n)], total: 9n }).thenRejected(wrong(9n, 10n))
    parts({ subtotal: 10n, shipping: charge(2n), discounts: 3n, total: 10n }).thenRejected(wrong(10n, 9n))
    parts({ lines: [line("1", 10n, { discount: 1n })], discounts: 1n, total: 8n }).thenRejected(wrong(8n, 9n))
    parts({ shipping: charge(2n), total: 50n }).thenOrder({ total: 50n })
  })
})

describe("the descriptions of an order", () => {
  const texts = (salt: string, id: string) => ({
    salt,
    lines: { [id]: `row ${id}` },
    vendor: { [id]: `vendor ${id}` },
    captures: { [id]: { kibo: id } }
  })
  const bought = order({ captures: [capture("c-1", 1n)] })

  it("are kept as they came, and told once", () => {
    given()
      .when(register(bought, { texts: texts("s", "1") }))
      .thenHappened({ _tag: "OrderRegistered", texts: texts("s", "1") })
    given(register(bought, { texts: texts("s", "1") }))
      .when(register(bought, { texts: texts("s", "1") }))
      .thenNothing()
  })

  it("come beside those that are known, under the first salt", () => {
    given(register(bought, { texts: texts("s", "1") }))
      .when(register(bought, { texts: texts("t", "2") }))
      .thenAnswered({ created: false, changed: true })
      .thenHappened({
        _tag: "OrderRegistered",
        texts: {
          salt: "s",
          lines: { 1: "row 1", 2: "row 2" },
          vendor: { 1: "vendor 1", 2: "vendor 2" },
          captures: { 1: { kibo: "1" }, 2: { kibo: "2" } }
        }
      })
  })

  it("stay where a later message has none, and are not told again with it", () => {
    const { after, events } = given(register(bought, { texts: texts("s", "1") }))
      .when(addCaptures([capture("c-2", 1n)]))
      .decision()
    if ("texts" in (events[0] ?? {})) throw new Error("told again")
    if (after.texts?.lines["1"] !== "row 1") throw new Error("lost")
  })
})
