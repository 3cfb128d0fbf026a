/** An example of each kind of problem, as it is answered. */
import type { CurrencyCode } from "refund-core/Currency"
import { rejected, Violation, type ViolationTag } from "refund-core/Violation"
import { type FaultCode, faultOf, type Problem, problemOf } from "./Problem.ts"

/** What a field of a violation may be, by its name. */
const samples = {
  permission: "refunds:approve",
  principal: "ada",
  refundId: "0191f5a7-44d3-7430-8739-2d80821416bf",
  path: "amount",
  expected: 'a whole number of minor units, or "all"',
  orderId: "A-1001",
  captureId: "882",
  component: "line:1",
  customerId: "c-7",
  currency: "USD" as CurrencyCode,
  registered: "USD",
  requested: 5000n,
  refundable: 2921n,
  disputed: 4920n,
  subtotal: 4000n,
  open: 1000n,
  step: 100n,
  stated: 4900n,
  computed: 4920n,
  field: "amount",
  amount: "19.999",
  digits: 2,
  days: 180,
  capturedAt: 1_760_000_000_000,
  state: "settled",
  action: "cancel",
  disputeId: "dp_1",
  key: "return-17",
  actual: 4,
  keyId: "key_2f1a",
  name: "shop"
}

/** Where the name alone does not say what it is. */
const others: Partial<Record<ViolationTag, Partial<Record<string, unknown>>>> = {
  CurrencyMismatch: { requested: "EUR" },
  AmountNotPositive: { amount: "0" },
  ReasonRequired: { field: "reason" },
  DisputeConflict: { field: "captureId", registered: "882", requested: "883" },
  CaptureConflict: { field: "amount", registered: "4920", requested: "4900" },
  OrderConflict: { field: "currency", registered: "USD", requested: "EUR" },
  OrderDoesNotAdd: { field: "total" },
  VersionConflict: { expected: 3 }
}

const violationOf = (tag: ViolationTag): Violation => {
  const names = Object.keys(Violation.cases[tag].fields).filter((name) => name !== "_tag")
  const known: Readonly<Record<string, unknown>> = { ...samples, ...others[tag] }
  return { _tag: tag, ...Object.fromEntries(names.map((name) => [name, known[name]])) } as Violation
}

const details: Readonly<Record<FaultCode, string>> = {
  Unauthorized: "This API key is not known here",
  WebhookRefused: "The signature is not of this secret",
  NoRoute: "There is nothing at /v1/refund",
  UnknownProvider: "No provider named acme tells anything here",
  EndpointNotFound: 'No webhook endpoint "erp"',
  KeyNotFound: 'No key "key_12"',
  DeliveryNotFound: 'No delivery "12"',
  InboxEventNotFound: 'No event "12" is parked',
  CursorGone: "The cursor is of another ledger",
  WrongMethod: "Only GET, PUT is known here",
  TooMany: "Come again in 12 seconds",
  UriTooLong: "An address has at most 8192 characters",
  TooLarge: "A body has at most 262144 bytes",
  WrongMediaType: "Send the body as application/json in UTF-8, not as text/plain",
  BadJson: 'The name "amount" is there twice',
  SlowBody: "Less than 64 KiB came in 30 seconds",
  UnreadableFile: "refunds need orderId: name the column with ?map=Their column=orderId",
  UnreadableRow: 'AmountTooPrecise: amount "1.005" has more than USD\'s 2 decimals',
  RepeatedRow: "Duplicate: the same reference, order and part as row 7",
  BodyRead: "The body was read before it came here",
  Unavailable: "The server is stopping",
  Broken: "The server has a defect; its log names this request 3f6c2a52-1b8e-4d53-9a0e-5a7d0f1c2b3a"
}

const isFault = (code: string): code is FaultCode => Object.hasOwn(details, code)

export const exampleOf = (code: ViolationTag | FaultCode): Problem => {
  if (!isFault(code)) return problemOf(rejected([violationOf(code)]))
  const problem = faultOf(code, details[code])
  return code === "CursorGone" ? { ...problem, start: "1f3.0" } : problem
}
