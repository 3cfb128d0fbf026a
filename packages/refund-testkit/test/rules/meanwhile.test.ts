/** Between the request and the money the order changes, and people decide through other doors: the caps are kept all the same. */
import { describe, it } from "@effect/vitest"
import {
  approve,
  approver,
  attemptId,
  begin,
  caller,
  capture,
  declined,
  dispute,
  external,
  line,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  resolve,
  retry,
  returned,
  reverse,
  settle,
  told,
  unknown
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2] = [refundId(1), refundId(2)]
const [a1, a2] = [attemptId(1), attemptId(2)]
const usd = { currency: "USD" } as const
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const waiting = request({ amount: 40n, id: r1, requiresApproval: true })
const failed = [captured, request({ amount: 40n, id: r1 }), begin(r1), told(r1, declined)]
const kibo = { door: "kibo" } as const

describe("the caps of a refund are those it was asked for under (T49)", () => {
  it("consent through a door with laxer ones does not loosen them, nor does a retry", () => {
    given(captured, waiting, dispute("lost", { amount: 70n }))
      .when(approve(r1, { caller: approver(kibo) }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 40n, refundable: 30n })
    given(...failed, request({ amount: 61n, destination: "payout" }))
      .when(retry(r1, { caller: caller(kibo) }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", ...usd, requested: 40n, refundable: 39n })
  })

  it("consent through a door with tighter ones does not tighten them", () => {
    const over = { amount: 130n, id: r1, requiresApproval: true, reason: "sorry", caller: caller(kibo) } as const
    given(captured, request(over)).when(approve(r1)).thenRefunds({ state: "approved" }, { state: "settled" })
  })

  const total = (amount: bigint) => register(order({ total: amount, captures: [capture("c-1", 100n)] }))
  const bounded = policy({ overRefund: "order_total" })
  const overTotal = { _tag: "ExceedsOrderTotal", orderId: "o-1", ...usd } as const

  it("the order's total among them, when it is tried again", () => {
    const used = (amount: bigint) => [
      total(80n),
      bounded,
      request({ amount: 20n, id: r1 }),
      begin(r1),
      told(r1, declined),
      request({ amount, id: r2 })
    ]
    given(...used(61n))
      .when(retry(r1))
      .thenRejected({ ...overTotal, requested: 20n, refundable: 19n })
    given(...used(60n))
      .when(retry(r1))
      .thenRefunds({ state: "approved" }, { id: r2 })
    given(policy({}), ...used(60n).toSpliced(1, 1), request({ amount: 1n }))
      .when(retry(r1))
      .thenRefunds({ state: "approved" }, {}, {})
  })

  it("the order's total among them, when consent is given after money went another way, or the order is worth less", () => {
    const asked = [bounded, total(80n), request({ amount: 70n, id: r1, requiresApproval: true })]
    given(...asked, external(11n))
      .when(approve(r1))
      .thenRejected({ ...overTotal, requested: 70n, refundable: 69n })
    given(...asked, external(10n))
      .when(approve(r1))
      .thenRefunds({ state: "approved" }, { amount: 10n })
    given(...asked, total(69n))
      .when(approve(r1))
      .thenRejected({ ...overTotal, requested: 70n, refundable: 69n })
    given(...asked, policy({}), external(11n))
      .when(approve(r1))
      .thenRefunds({ state: "approved" }, {})
  })
})

describe("a dispute that is opened after the request (T49, A91)", () => {
  const open = dispute("open", { amount: 50n })
  const isOpen = { _tag: "DisputeOpen", captureId: "c-1", disputed: 50n, ...usd } as const

  it("keeps consent from being given until it is won: credit would be paid at once", () => {
    for (const destination of ["original", "store_credit"] as const) {
      const asked = request({ amount: 40n, id: r1, capture: "c-1", destination, requiresApproval: true })
      given(captured, asked, open).when(approve(r1)).thenRejected(isOpen)
      const state = destination === "original" ? "approved" : "settled"
      given(captured, asked, open, dispute("won", { amount: 50n }))
        .when(approve(r1))
        .thenRefunds({ state })
    }
  })

  it("does not where it is of another capture, or who consents may override it, named and not by way of all", () => {
    const two = register(order({ captures: [capture("c-1", 60n), capture("c-2", 60n)] }))
    given(two, request({ amount: 40n, id: r1, capture: "c-2", requiresApproval: true }), open)
      .when(approve(r1))
      .thenRefunds({ state: "approved" })
    given(captured, waiting, open)
      .when(approve(r1, { caller: approver({ permissions: ["*", "disputes:override"] }) }))
      .thenRefunds({ state: "approved" })
  })

  const knowing = caller({ permissions: ["*", "disputes:override"] })

  it("does not where it was asked for although one was open; nor keeps a return cost from consent", () => {
    const overridden = request({ amount: 40n, id: r1, capture: "c-1", requiresApproval: true, caller: knowing })
    given(captured, open, overridden).when(approve(r1)).thenRefunds({ state: "approved" })
    const cost = request({ amount: 5n, id: r1, capture: "c-1", type: "instance_cost", requiresApproval: true })
    given(captured, cost, open).when(approve(r1)).thenRefunds({ state: "approved" })
  })

  it("overridden lets no more be sent than was captured: another one, or money that went another way, stops it (T10)", () => {
    const asked = request({ amount: 50n, id: r1, capture: "c-1", caller: knowing })
    for (const between of [external(1n), dispute("open", { id: "d-2", amount: 1n }), dispute("lost", { id: "d-2" })]) {
      given(captured, open, asked, between).when(begin(r1)).thenNothing()
    }
    given(captured, open, asked).when(begin(r1)).thenHappened({ _tag: "AttemptStarted" })
  })
})

describe("one person's word that it was not paid", () => {
  const lost = [captured, request({ amount: 40n, id: r1 }), begin(r1), told(r1, unknown), resolve(r1, "failed")]
  const cem = { caller: approver({ id: "cem" }) }
  const overtaken = { _tag: "FailureOvertaken", refundId: r1 } as const

  it("says nothing of the next attempt: of that it takes two people again", () => {
    const again = [...lost, told(r1, declined), retry(r1)]
    given(...again)
      .when(begin(r1, a2))
      .thenHappened(overtaken, { _tag: "AttemptStarted", attemptId: a2 })
      .thenRefunds({ failureProposedBy: null })
    given(...again, begin(r1, a2), told(r1, unknown, { attempt: a2 }))
      .when(resolve(r1, "failed", cem))
      .thenRefunds({ state: "unknown", failureProposedBy: "cem" })
      .thenOrder({ held: 40n })
  })

  it("says nothing once the same attempt was sent again, or the provider has it after all", () => {
    const notFound = told(r1, { _tag: "notFound", detail: "never heard of it" })
    given(...lost, notFound)
      .when(begin(r1))
      .thenHappened(overtaken, { _tag: "AttemptStarted", attemptId: a1 })
    for (const _tag of ["pending", "requiresAction"] as const) {
      const news = told(r1, { _tag, reference: "re_1" })
      given(...lost)
        .when(news)
        .thenHappened(overtaken, { _tag: _tag === "pending" ? "RefundPending" : "ActionRequired" })
      given(...lost, news, told(r1, unknown))
        .when(resolve(r1, "failed", cem))
        .thenRefunds({ state: "unknown", failureProposedBy: "cem" })
    }
  })

  it("stays said while nothing new is heard: another person ends it", () => {
    given(...lost, told(r1, unknown))
      .when(resolve(r1, "failed", cem))
      .thenRefunds({ state: "failed" })
      .thenOrder({ held: 0n })
  })
})

describe("a yes after a no, where others have taken of its parts since,", () => {
  it("has the tax that is left in them: together they owe what was charged, and no more", () => {
    const shirt = register(order({ captures: [capture("c-1", 3n)], lines: [line("1", 2n, { tax: 1n })] }))
    const one = (id: typeof r1) => request({ amount: 1n, line: "1", id })
    const late = [shirt, one(refundId(3)), one(r1), begin(r1), told(r1, declined), one(r2)]
    given(...late)
      .when(told(r1, paid(1n)))
      .thenHappened({ _tag: "ReviewNeeded", shares: [{ component: "line:1", amount: 1n, tax: 0n }] })
      .thenOrder({ components: [{ id: "line:1", held: 3n, taxTaken: 1n }] })
  })
})

describe("a refund that was declined, and then deducted in full, so that nothing was paid", () => {
  const cost = request({ amount: 40n, type: "instance_cost", id: r2 })
  const free = [...failed, cost, retry(r1)]

  it("is not what the provider paid of it all the same: that is money of its own, and is refused here", () => {
    given(...free)
      .when(told(r1, paid(40n)))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "settled", action: "outcome settled" })
  })

  it("is not undone by the same no again, nor by its coming back: what was kept stays kept", () => {
    for (const outcome of [declined, returned, unknown]) {
      given(...free)
        .when(told(r1, outcome))
        .thenNothing()
        .thenRefunds({ state: "settled" }, { id: r2, state: "settled" })
    }
  })
})

describe("a yes to what a person had found to be paid, without a name for it,", () => {
  const found = [captured, request({ amount: 40n, id: r1 }), begin(r1), told(r1, unknown), resolve(r1, "settled")]

  it("is that payment only where it says the same money", () => {
    given(...found)
      .when(told(r1, paid(40n)))
      .thenNothing()
    for (const other of [paid(39n), paid(40n, { currency: "EUR" })]) {
      given(...found)
        .when(told(r1, other))
        .thenRejected({ _tag: "StateConflict", refundId: r1, state: "settled", action: "outcome settled" })
    }
  })
})

describe("a yes to what people had found to be paid, and then not to be,", () => {
  const undone = (reference?: string) => [
    ...[captured, request({ amount: 40n, id: r1 }), begin(r1), told(r1, unknown)],
    resolve(r1, "settled", reference === undefined ? {} : { reference }),
    reverse(r1, { caller: approver({ id: "cem" }) })
  ]

  it("is the provider's first word of it: it is refused here, and told as a payment of its own", () => {
    given(...undone())
      .when(told(r1, paid(40n)))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "reversed", action: "outcome settled" })
    for (const outcome of [declined, returned, unknown]) {
      given(...undone())
        .when(told(r1, outcome))
        .thenNothing()
    }
  })

  it("is what they had seen, where they had named it", () => {
    given(...undone("re_1"))
      .when(told(r1, paid(40n)))
      .thenNothing()
  })
})

describe("who undoes a settled refund", () => {
  const own = { caller: caller(), detail: "a mistake" }

  it("may be who asked for it: another said that it was paid, and it is that person's word that needs a second", () => {
    const byHand = register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] }))
    given(byHand, request({ amount: 40n, id: r1 }), settle(r1))
      .when(reverse(r1, own))
      .thenRefunds({ state: "reversed" })
    given(captured, request({ amount: 40n, id: r1, destination: "store_credit" }))
      .when(reverse(r1, own))
      .thenRefunds({ state: "reversed" })
  })
})
