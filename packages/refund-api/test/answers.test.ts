import { assert, describe, it } from "@effect/vitest"
import { assertSuccess } from "@effect/vitest/utils"
import { Result, Schema } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, OrderId, PrincipalId, RefundId } from "refund-core/Ids"
import type { OrderHead } from "refund-core/Order"
import { defaults, doors } from "refund-core/Policy"
import type { Refund } from "refund-core/Refund"
import { precedence, rejected, type ViolationTag } from "refund-core/Violation"
import { figuresToJson, OrderViewBody, orderToJson } from "../src/OrderViewBody.ts"
import { PolicyBody, policyToJson, toSetPolicy } from "../src/PolicyBody.ts"
import { faultOf, kindOf, Problem, problemOf } from "../src/Problem.ts"
import { GroupBody, groupToJson, RefundBody, refundToJson } from "../src/RefundBody.ts"
import { toListQuery } from "../src/RefundQuery.ts"

const refund: Refund = {
  id: "0191f5a7-44d3-7430-8739-2d80821416b0" as RefundId,
  groupId: "0191f5a7-44d3-7430-8739-2d80821416b0" as RefundId,
  number: 7,
  orderId: "A-1" as OrderId,
  captureId: "882" as CaptureId,
  customerId: null,
  type: "default",
  destination: "original",
  amount: 1999n,
  currency: "USD" as CurrencyCode,
  provider: "simulator",
  origin: "requested",
  state: "settled",
  shares: [{ component: "line:1", amount: 1999n, tax: 148n }],
  goodwill: 0n,
  requestedBy: "ada" as PrincipalId,
  door: "native",
  requestedAt: 1_790_000_000_000,
  effectiveAt: null,
  deducts: false,
  requiresApproval: false,
  skipEvents: false,
  reference: "RMA-1",
  possibleDuplicateOf: null,
  notes: ["SubtotalUnknown"],
  deductions: [{ refundId: "0191f5a7-44d3-7430-8739-2d80821416b1" as RefundId, amount: 99n }],
  netted: 0n,
  realised: 0n,
  attempts: [
    {
      id: "0191f5a7-44d3-7430-8739-2d80821416b2" as RefundId,
      startedAt: 1,
      outcome: "settled",
      reference: "re_1",
      at: 2,
      toldAt: null,
      asked: 0
    }
  ],
  approvedBy: null,
  approvedAt: null,
  settledAt: 1_790_000_001_000,
  settledBy: null,
  failureProposedBy: null,
  providerReference: "re_1",
  reconciledAt: 1_790_000_100_000,
  reconciledIn: "october.csv",
  detail: null,
  updatedAt: 1_790_000_001_000,
  texts: { salt: "kept to ourselves", reason: "return", metadata: { a: 1 } }
}

const head: OrderHead = {
  id: "A-1" as OrderId,
  currency: "USD" as CurrencyCode,
  customerId: null,
  customerFixed: false,
  subtotal: null,
  total: 4920n,
  collected: 4920n,
  refunded: { original: 1000n, store_credit: 500n, payout: 20n },
  held: 400n,
  disputed: 0n,
  disputes: [],
  retained: 5n,
  captures: [
    {
      id: "882" as CaptureId,
      collected: 4920n,
      refunded: 1000n,
      held: 0n,
      disputed: 0n,
      provider: "simulator",
      reference: "ch_1",
      tender: "card",
      authorizedAmount: null,
      capturedAt: 1
    }
  ],
  components: [{ id: "line:1", charged: 100n, tax: 0n, refunded: 90n, held: 20n, taxTaken: 0n }],
  hours: [],
  recent: [],
  waiting: [],
  entries: 1
}

/** Reads it as a client would, and refuses what is not documented. */
const strict = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) =>
  Schema.decodeUnknownResult(schema, { onExcessProperty: "error", errors: "all" })
const wire = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe("what the native API answers", () => {
  it("is a refund whose amounts are JSON integers, without what is our own", () => {
    const json = wire(refundToJson(refund)) as Record<string, unknown>
    assert.strictEqual(json["amount"], 1999)
    assert.strictEqual(json["payout"], 1900)
    assert.deepStrictEqual(json["violations"], [{ code: "SubtotalUnknown" }])
    assert.notInclude(JSON.stringify(json), "kept to ourselves")
    const read = strict(RefundBody)(json)
    assert(Result.isSuccess(read))
    assert.strictEqual(read.success.amount, 1999n)
    assert.strictEqual(read.success.settledAt, 1_790_000_001_000)
  })

  it("is the one refund, or a group with its sum and its least final state", () => {
    assert.deepStrictEqual(groupToJson([refund]), refundToJson(refund))
    const group = wire(groupToJson([refund, { ...refund, state: "unknown", amount: 100n }]))
    const read = strict(GroupBody)(group)
    assert(Result.isSuccess(read))
    assert.strictEqual(read.success.amount, 2099n)
    assert.strictEqual(read.success.state, "unknown")
  })

  it("is an order with its figures; a capture shows no more refundable than its order has", () => {
    const json = figuresToJson(head)
    assert.strictEqual(json.refunded, 1520)
    assert.strictEqual(json.refundable, 3000)
    assert.strictEqual(json.captures[0]?.refundable, 3000)
    assert.strictEqual(json.components[0]?.refundable, 0)
    const view = {
      head,
      registration: { currency: head.currency, captures: [] },
      texts: null,
      createdAt: 1,
      updatedAt: 2,
      refunds: [refund]
    }
    assert(Result.isSuccess(strict(OrderViewBody)(wire(orderToJson(view)))))
  })

  it("is the policy of every door, and takes one back with its version", () => {
    const overrides = {
      native: { approval: { rule: "above", amount: 5000n } },
      kibo: { requireCapture: true }
    } as const
    const json = policyToJson({ version: 3, overrides, keys: [], closedBefore: null })
    assert.deepStrictEqual(json.overrides, {
      native: { approval: { rule: "above", amount: 5000 } },
      kibo: { requireCapture: true }
    })
    const read = strict(PolicyBody)(wire(json))
    assert(Result.isSuccess(read))
    for (const door of doors) {
      const expected: unknown = { ...defaults[door], ...(overrides as Record<string, object>)[door] }
      assert.deepStrictEqual(read.success.policies[door] as unknown, expected)
    }
    const caller = {} as never
    assertSuccess(toSetPolicy({ version: 3, overrides: json.overrides }, { caller, version: null }), {
      _tag: "SetPolicy",
      caller,
      overrides,
      expected: 3
    } as never)
    assert(Result.isFailure(toSetPolicy({ overrides: { native: { overRefund: "yes" } } }, { caller, version: null })))
  })

  it("is a problem with every violation and the status of the first", () => {
    const currency = "USD" as CurrencyCode
    const problem = problemOf(
      rejected([
        { _tag: "ExceedsCollected", orderId: "A-1", currency, requested: 5000n, refundable: 3000n },
        { _tag: "ExceedsCaptured", captureId: "882", currency, requested: 5000n, refundable: 2921n }
      ])
    )
    assert.deepStrictEqual(wire(problem), {
      type: "/problems/exceeds-captured",
      title: "More than is left on the capture",
      status: 422,
      detail: "Requested 50.00 USD of 29.21 USD refundable on capture 882",
      code: "ExceedsCaptured",
      violations: [
        {
          code: "ExceedsCaptured",
          captureId: "882",
          currency: "USD",
          requested: 5000,
          refundable: 2921,
          message: "Requested 50.00 USD of 29.21 USD refundable on capture 882"
        },
        {
          code: "ExceedsCollected",
          orderId: "A-1",
          currency: "USD",
          requested: 5000,
          refundable: 3000,
          message: "Requested 50.00 USD of 30.00 USD refundable on order A-1"
        }
      ]
    })
    assert(Result.isSuccess(strict(Problem)(wire(problem))))
  })

  it("says each violation with the status that the rules give it", () => {
    const statuses: Record<number, ReadonlyArray<ViolationTag>> = {
      400: ["Malformed", "AmountMissing", "AmountNotPositive", "AmountTooPrecise"],
      403: ["NotPermitted", "SelfApproval"],
      404: ["OrderNotFound", "CaptureNotFound", "RefundNotFound", "ComponentNotFound"],
      409: [
        "DisputeOpen",
        "NotCaptured",
        "StateConflict",
        "CaptureConflict",
        "DisputeConflict",
        "OrderConflict",
        "VersionConflict",
        "LastManagingKey"
      ]
    }
    const slugs = new Set<string>()
    for (const code of Object.keys(precedence) as ReadonlyArray<ViolationTag>) {
      const numbers = {
        ...{ requested: 1n, refundable: 0n, disputed: 1n, subtotal: 0n, open: 0n, stated: 1n, computed: 2n, step: 5n },
        capturedAt: 0
      }
      const { status, type } = problemOf({
        _tag: "Rejected",
        violations: [{ _tag: code, currency: "USD", ...numbers } as never]
      })
      const expected = Object.entries(statuses).find(([, codes]) => codes.includes(code))?.[0] ?? "422"
      assert.strictEqual(String(status), expected, code)
      const slug = type.replace("/problems/", "")
      assert.strictEqual(kindOf(slug)?.code, code)
      slugs.add(slug)
    }
    assert.strictEqual(slugs.size, Object.keys(precedence).length)
    assert.strictEqual(kindOf("toString"), null)
    assert.deepStrictEqual(faultOf("Unavailable", "down").status, 503)
  })

  it("is a page of refunds, asked for with a filter", () => {
    assertSuccess(
      toListQuery({
        state: "settled",
        orderId: "A-1",
        createdAfter: "1970-01-01T00:00:01Z",
        limit: "200",
        cursor: "c"
      }),
      {
        filter: { state: "settled", orderId: "A-1" as OrderId, createdAfter: 1000 },
        page: { limit: 200, cursor: "c" }
      }
    )
    assertSuccess(toListQuery({}), { filter: {}, page: { limit: 50, cursor: null } })
    for (const query of [
      { state: "paid" },
      { limit: "0" },
      { limit: "201" },
      { limit: "-1" },
      { orderId: "" },
      { colour: "red" }
    ]) {
      assert.isTrue(Result.isFailure(toListQuery(query)), JSON.stringify(query))
    }
  })
})
