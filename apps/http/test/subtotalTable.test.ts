import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { Result } from "effect"
import { toRequestRefund } from "refund-api/RefundRequest"
import type { RequestRefund } from "refund-core/Command"
import { CaptureId, OrderId } from "refund-core/Ids"
import type { Violation } from "refund-core/Violation"
import { parseJson } from "refund-dialects/Json"
import { commandOf, readRefundRequest } from "refund-dialects/maverick/refundRequest"
import { caller, capture, freshId, order, register, setPolicy } from "refund-testkit/build"
import { given } from "refund-testkit/given"

/** Subtotal 9.00, captured 10.00: only what is over the subtotal and within the capture tells whether the rule fired. */
const registration = order({ captures: [capture("882", 1_000n)], subtotal: 900n })
const amounts = { under: 899, equal: 900, over: 901 } as const

/** As JSON spells it; `missing`: the key is not there. */
const forms = ["missing", "null", "0", '"0"', '"0.00"'] as const
type Form = (typeof forms)[number]

const bits = [false, true]
/** Which keys are written: amount, tax, discounts. */
const rows = bits.flatMap((a) => bits.flatMap((t) => bits.map((d) => ({ a, t, d }))))

interface Case {
  readonly row: (typeof rows)[number]
  readonly amount: keyof typeof amounts
  readonly rule: "both_absent" | "any_absent"
  readonly form: Form
}

const cases: ReadonlyArray<Case> = rows.flatMap((row) =>
  (["under", "equal", "over"] as const).flatMap((amount) =>
    (["both_absent", "any_absent"] as const).flatMap((rule) => forms.map((form) => ({ row, amount, rule, form })))
  )
)

/** `0` and `"0.00"` are present; null and nothing are not. */
const isPresent = (isWritten: boolean, form: Form): boolean => isWritten && form !== "missing" && form !== "null"

const fires = ({ form, row, rule }: Case): boolean => {
  const tax = isPresent(row.t, form)
  const discounts = isPresent(row.d, form)
  return row.a && (rule === "both_absent" ? !tax && !discounts : !tax || !discounts)
}

const field = (name: string, isWritten: boolean, form: string): ReadonlyArray<string> =>
  isWritten && form !== "missing" ? [`${JSON.stringify(name)}:${form}`] : []

const title = ({ amount, form, row, rule }: Case): string =>
  `${rule}: ${row.a ? `an amount ${amount} the subtotal` : "no amount"}, tax ${row.t ? form : "missing"}, discounts ${row.d ? form : "missing"}`

/** What comes of it: the violations' names, or what is held. */
const outcome = (
  { rule }: Case,
  door: "native" | "maverick",
  command: Result.Result<RequestRefund, ReadonlyArray<Violation>>
): string => {
  if (Result.isFailure(command)) return tags(command.failure)
  const then = given(register(registration), setPolicy({ [door]: { subtotalRule: rule } })).when(command.success)
  return tags(then.violations()) || `held ${then.decision().after.order?.held}`
}

const tags = (violations: ReadonlyArray<Violation>): string =>
  violations.map((each) => (each._tag === "Malformed" ? `Malformed ${each.path}` : each._tag)).join(" ")

const native = (each: Case): string => {
  const { amount, form, row } = each
  const fields = [
    ...field("amount", row.a, String(amounts[amount])),
    ...field("tax", row.t, form),
    ...field("discounts", row.d, form)
  ]
  const read = toRequestRefund(JSON.parse(`{${fields}}`), {
    caller: caller(),
    orderId: OrderId.make("o-1"),
    idempotencyKey: "k-1",
    needsKey: true,
    freshId,
    freshSalt: () => "salt"
  })
  return outcome(
    each,
    "native",
    Result.mapError(read, ({ violations }) => violations)
  )
}

/** The native API writes amounts as numbers of minor units: a text is none. */
const expectedNative = (each: Case): string => {
  const { amount, form, row } = each
  const isText = form === '"0"' || form === '"0.00"'
  const malformed = isText ? [...(row.t ? ["Malformed tax"] : []), ...(row.d ? ["Malformed discounts"] : [])] : []
  if (malformed.length > 0) return malformed.join(" ")
  if (!row.a) return "AmountMissing"
  return fires(each) && amount === "over" ? "ExceedsSubtotal" : `held ${amounts[amount]}`
}

const maverick = (each: Case): string => {
  const { amount, form, row } = each
  const restated = [...field("tax", row.t, form), ...field("discounts", row.d, form)]
  const fields = [
    `"terminal":{"id":24}`,
    ...field("amount", row.a, `"${(amounts[amount] / 100).toFixed(2)}"`),
    ...field("order", restated.length > 0, `{${restated}}`)
  ]
  const request = {
    caller: caller({ door: "maverick" }),
    params: { id: "882" },
    query: {},
    headers: {},
    body: Result.getOrThrow(parseJson(`{${fields}}`, "text")),
    operation: "POST /payment/882/refund",
    freshId,
    freshSalt: () => "salt"
  }
  const parent = { captureId: CaptureId.make("882"), currency: registration.currency, terminalId: null }
  const read = readRefundRequest(request)
  return outcome(
    each,
    "maverick",
    Result.flatMap(read, (asked) => commandOf(request, asked, parent))
  )
}

/** Its amounts are decimals, as numbers or as text; without one all that is left is given back. */
const expectedMaverick = (each: Case): string => {
  if (!each.row.a) return "held 1000"
  return fires(each) && each.amount === "over" ? "ExceedsSubtotal" : `held ${amounts[each.amount]}`
}

/** T07. */
describe("the subtotal rule, by what is written of amount, tax and discounts", () => {
  it("has 240 cases, in some of which it fires", () => {
    deepStrictEqual(cases.length, 240)
    deepStrictEqual(cases.filter(fires).length, 3 * (5 + 2 + 2 + 2 + 5 + 5 + 5 + 2))
  })

  for (const each of cases) {
    it(title(each), () => {
      deepStrictEqual([native(each), maverick(each)], [expectedNative(each), expectedMaverick(each)])
    })
  }
})
