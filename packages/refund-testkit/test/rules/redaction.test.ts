import { describe, it } from "@effect/vitest"
import { caller, capture, order, redact, redactOrder, refundId, register, request } from "refund-testkit/build"
import { given } from "refund-testkit/given"

const r1 = refundId(1)
const captured = register(order({ captures: [capture("c-1", 100n)] }))
const texts = { salt: "pepper", reason: "broken", note: "call Ada Lovelace", metadata: { email: "ada@example.com" } }
const written = request({ amount: 40n, id: r1, texts })
const orderTexts = { salt: "salt", lines: {}, vendor: { kibo: { email: "ada@example.com" } }, captures: {} }
const toldOf = { ...captured, texts: orderTexts }

describe("what people wrote about a refund", () => {
  it("is removed for good, and that it was, by whom and why, is told; its figures stay", () => {
    given(captured, written)
      .when(redact(r1, { detail: "asked for" }))
      .thenHappened({ _tag: "RefundRedacted", refundId: r1, detail: "asked for" })
      .thenRefunds({ id: r1, amount: 40n, state: "approved", texts: null })
      .thenOrder({ held: 40n })
  })

  it("is removed once: again, and where there was none, nothing happens", () => {
    given(captured, written, redact(r1)).when(redact(r1)).thenNothing()
    given(captured, request({ amount: 40n, id: r1 }))
      .when(redact(r1))
      .thenNothing()
  })

  it("is removed by who may, of a refund that is there", () => {
    given(captured, written)
      .when(redact(r1, { caller: caller({ permissions: ["refunds:approve", "policy:manage"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "texts:redact" })
    given(captured).when(redact(r1)).thenRejected({ _tag: "RefundNotFound", refundId: r1 })
  })
})

describe("what an order says of people", () => {
  it("is removed for good, once, by who may", () => {
    given(toldOf)
      .when(redactOrder())
      .thenHappened({ _tag: "OrderRedacted", orderId: "o-1", detail: null })
      .thenAnswered(true)
    given(toldOf, redactOrder()).when(redactOrder()).thenNothing().thenAnswered(false)
    given(captured).when(redactOrder()).thenNothing().thenAnswered(false)
    given(toldOf)
      .when(redactOrder("o-1", { caller: caller({ permissions: ["orders:write"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "texts:redact" })
    given().when(redactOrder("none")).thenRejected({ _tag: "OrderNotFound", orderId: "none" })
  })

  it("that is registered anew afterwards is kept anew: whoever registers it knows it", () => {
    given(toldOf, redactOrder())
      .when(toldOf)
      .thenHappened({ _tag: "OrderRegistered", orderId: "o-1", texts: orderTexts })
  })
})
