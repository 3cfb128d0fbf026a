/** Orders, the money taken for them, chargebacks, and store credit. */
import type { Calls, Code } from "./Call.ts"
import { CreditBody, SpendRequest, SpentBody } from "./CreditBody.ts"
import { DisputeBody } from "./DisputeBody.ts"
import { RegisteredBody } from "./LedgerBody.ts"
import { AddedCapture, OrderBody } from "./OrderBody.ts"
import { OrderViewBody } from "./OrderViewBody.ts"

const registering: ReadonlyArray<Code> = ["OrderNotFound", "OrderConflict", "CaptureConflict", "OrderDoesNotAdd"]

const registered = (created: string, unchanged: string) => ({
  200: { description: unchanged, schema: RegisteredBody },
  201: { description: created, schema: RegisteredBody }
})

const params = { orderId: "B-2002" }

export const orderCalls = {
  "PUT /v1/orders/:orderId": {
    summary: "Register an order with its captures, or merge what is new",
    about: "Orders",
    permission: "orders:write",
    body: OrderBody,
    answers: registered("The order was not there before.", "It was there; `changed` says whether anything was new."),
    refusals: registering,
    example: {
      params,
      body: {
        currency: "USD",
        customerId: "c-9",
        lines: [{ id: "1", description: "Mug", quantity: 2, amount: 4000, tax: 320, discount: 0 }],
        shipping: { amount: 500 },
        captures: [
          {
            id: "B-2002-1",
            amount: 4820,
            provider: "simulator",
            reference: "ch_1",
            tender: "card",
            capturedAt: "2026-11-01T10:00:00Z"
          }
        ]
      }
    }
  },
  "GET /v1/orders/:orderId": {
    summary: "An order's figures, per order, capture and component, and its refunds",
    about: "Orders",
    permission: "orders:read",
    answers: { 200: { description: "The order.", schema: OrderViewBody } },
    refusals: ["OrderNotFound"],
    example: { params }
  },
  "POST /v1/orders/:orderId/captures": {
    summary: "Register money that was taken for an order",
    about: "Orders",
    permission: "orders:write",
    body: AddedCapture,
    answers: registered("Something of the capture was new.", "The capture was registered so before."),
    refusals: registering,
    example: {
      params,
      body: { id: "B-2002-2", amount: 100, provider: "manual", tender: "cash", capturedAt: "2026-11-01T10:00:00Z" }
    }
  },
  "POST /v1/orders/:orderId/disputes": {
    summary: "Record a chargeback: opened, won or lost",
    about: "Orders",
    permission: "disputes:write",
    body: DisputeBody,
    answers: registered("Something of the dispute was new.", "The dispute was recorded so before."),
    refusals: ["OrderNotFound", "CaptureNotFound", "DisputeConflict"],
    example: {
      params,
      body: { id: "dp_1", captureId: "B-2002-1", amount: 100, state: "won", at: "2026-11-02T10:00:00Z" }
    }
  },
  "GET /v1/customers/:customerId/credit": {
    summary: "The store credit that a customer is owed",
    about: "Store credit",
    permission: "refunds:read",
    answers: {
      200: { description: "An account for each currency; its entries for who may read reports.", schema: CreditBody }
    },
    refusals: [],
    example: { params: { customerId: "c-9" } }
  },
  "POST /v1/customers/:customerId/credit/spend": {
    summary: "Pay for an order with store credit",
    about: "Store credit",
    permission: "credit:write",
    body: SpendRequest,
    answers: {
      200: { description: "The same had been spent before.", schema: SpentBody },
      201: { description: "It was spent by this request.", schema: SpentBody }
    },
    refusals: [
      ...["OrderNotFound", "CurrencyMismatch", "AmountNotPositive", "ExceedsCredit", "CustomerRequired"],
      ...["OrderConflict", "CaptureConflict"]
    ] as ReadonlyArray<Code>,
    example: {
      params: { customerId: "c-9" },
      body: { id: "credit-1", orderId: "B-2002", amount: 50, currency: "USD" }
    }
  }
} as const satisfies Calls
