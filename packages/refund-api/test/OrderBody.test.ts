import { assert, describe, it } from "@effect/vitest"
import { assertSuccess } from "@effect/vitest/utils"
import { Result } from "effect"
import type { Caller } from "refund-core/Command"
import type { OrderId, PrincipalId, TenantId } from "refund-core/Ids"
import type { Rejected } from "refund-core/Violation"
import { toRecordDispute } from "../src/DisputeBody.ts"
import { toAddCaptures, toRegisterOrder } from "../src/OrderBody.ts"

const caller: Caller = {
  tenant: "t" as TenantId,
  by: { id: "shop" as PrincipalId, permissions: new Set(["orders:write"]) },
  door: "native",
  now: 0
}
const context = { caller, orderId: "A-1001" as OrderId, freshSalt: () => "salt" }
const plain = <A>(read: Result.Result<A, Rejected>) => read as Result.Result<unknown, Rejected>
const faults = (read: Result.Result<unknown, Rejected>) =>
  Result.isSuccess(read)
    ? []
    : read.failure.violations.map((each) => (each._tag === "Malformed" ? `${each.path}: ${each.expected}` : each._tag))

const capture = {
  id: "882",
  amount: 4920,
  provider: "simulator",
  reference: "ch_1",
  tender: "card",
  authorizedAmount: 4920,
  capturedAt: "2026-11-01T10:00:00Z"
}
const captured = { ...capture, amount: 4920n, authorizedAmount: 4920n, capturedAt: Date.parse("2026-11-01T10:00:00Z") }

describe("an order's body", () => {
  it("carries figures and structure; descriptions and vendor fields are kept apart as texts", () => {
    const body = {
      currency: "USD",
      customerId: "c-7",
      taxIncluded: false,
      lines: [
        { id: "1", description: "Mug", quantity: 2, amount: 4000, tax: 320, discount: 0 },
        { id: "2", amount: 0, tax: null }
      ],
      shipping: { amount: 500, tax: 0, discount: 0 },
      invoiceFee: { amount: 100 },
      fees: [{ code: "gift", amount: 50, tax: 5 }],
      subtotal: 4000,
      tax: 320,
      discounts: 0,
      total: 4920,
      captures: [{ ...capture, vendor: { moyasar: { fee: 3 } } }],
      vendor: { kibo: { a: [1, null] }, moyasar: {} }
    }
    assertSuccess(plain(toRegisterOrder(body, context)), {
      _tag: "RegisterOrder",
      caller,
      orderId: "A-1001",
      order: {
        currency: "USD",
        customerId: "c-7",
        taxIncluded: false,
        lines: [
          { id: "1", quantity: 2, amount: 4000n, tax: 320n, discount: 0n },
          { id: "2", amount: 0n }
        ],
        shipping: { amount: 500n, tax: 0n, discount: 0n },
        invoiceFee: { amount: 100n },
        fees: [{ code: "gift", amount: 50n, tax: 5n }],
        subtotal: 4000n,
        tax: 320n,
        discounts: 0n,
        total: 4920n,
        captures: [captured]
      },
      texts: {
        salt: "salt",
        lines: { "1": "Mug" },
        vendor: { kibo: { a: [1, null] }, moyasar: {} },
        captures: { "882": { moyasar: { fee: 3 } } }
      }
    })
  })

  it("may be a bare payment: a currency and one capture", () => {
    const body = {
      currency: "JPY",
      captures: [{ id: "p", amount: 1, provider: "manual", tender: "cash", capturedAt: null }]
    }
    assertSuccess(plain(toRegisterOrder(body, context)), {
      _tag: "RegisterOrder",
      caller,
      orderId: "A-1001",
      order: {
        currency: "JPY",
        captures: [
          {
            id: "p",
            amount: 1n,
            provider: "manual",
            tender: "cash",
            reference: null,
            authorizedAmount: null,
            capturedAt: null
          }
        ]
      }
    })
  })

  it("has its faults listed by path, all at once", () => {
    const body = {
      currency: "XXX",
      lines: [{ id: "", amount: 1.5 }, { amount: -1 }, 7],
      captures: [{ id: "1", amount: "5", provider: "simulator", tender: "card" }],
      vendor: { shopify: {}, kibo: "x" },
      discount: 0
    }
    assert.deepStrictEqual(faults(toRegisterOrder(body, context)), [
      "discount: no property of this name",
      "currency: an ISO 4217 currency code in capitals",
      "lines.0.id: a text of 1 to 255 characters",
      "lines.0.amount: a whole number of minor units, zero or more, at most 2^53 - 1",
      "lines.1.id: required",
      "lines.1.amount: a whole number of minor units, zero or more, at most 2^53 - 1",
      "lines.2: a JSON object",
      "captures.0.amount: a whole number of minor units, zero or more, at most 2^53 - 1",
      "captures.0.capturedAt: required",
      "vendor.shopify: no property of this name",
      "vendor.kibo: a JSON object of at most 16384 characters, its numbers no finer than 15 digits, without a card number"
    ])
  })

  it("takes another capture alone, and a chargeback", () => {
    assertSuccess(plain(toAddCaptures({ ...capture, vendor: { medusa: { x: 1 } } }, context)), {
      _tag: "AddCaptures",
      caller,
      orderId: "A-1001",
      captures: [captured],
      texts: { salt: "salt", lines: {}, vendor: {}, captures: { "882": { medusa: { x: 1 } } } }
    })
    const dispute = { id: "d", captureId: "882", amount: 5, state: "open", at: "2026-11-02T00:00:00Z" }
    assertSuccess(plain(toRecordDispute(dispute, context)), {
      _tag: "RecordDispute",
      caller,
      orderId: "A-1001",
      dispute: { ...dispute, amount: 5n, at: Date.parse(dispute.at) }
    })
    assert.deepStrictEqual(faults(toRecordDispute({ ...dispute, state: "new", at: null }, context)), [
      'state: "open" or "won" or "lost"',
      "at: a time since 1970 with its zone, e.g. 2026-11-01T10:00:00Z"
    ])
  })
})
