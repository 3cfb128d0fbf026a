/**
 * Orders, captures and requests at random: few ids and small amounts, so that they meet, and the shapes that real shops
 * have, so that every rule has something to say. For use with `it.prop` of `@effect/vitest` or with `Arbitrary` itself.
 */
import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import type { Caller, RequestRefund } from "refund-core/Command"
import { CurrencyCode } from "refund-core/Currency"
import { CustomerId } from "refund-core/Ids"
import { maxMinor } from "refund-core/Money"
import type { Capture, Charge, Line, Registration } from "refund-core/Order"
import { doors } from "refund-core/Policy"
import { type CallerOptions, caller, capture, noon, refundId, request } from "./build.ts"

// ── draws ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** 0 … `maximum`; shrinks towards 0. */
export const upTo = (maximum: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))

/** One of these; shrinks towards the first. */
export const oneOf = <const Choices extends readonly [unknown, ...ReadonlyArray<unknown>]>(
  choices: Choices
): Arbitrary.Arbitrary<Choices[number]> =>
  Arbitrary.map(upTo(choices.length - 1), (index): Choices[number] => choices[index])

const minorUpTo = (maximum: number): Arbitrary.Arbitrary<bigint> => Arbitrary.map(upTo(maximum), BigInt)

// ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Valid, and what careless code stumbles over: paths, quotes, names of JavaScript's own, invisible and long ones. */
export const hostileIds = [
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "'; DROP TABLE refunds; --",
  "o-1 ",
  "o\u200b1",
  "О-1",
  "%2e%2e%2f",
  "👩‍👧",
  "x".repeat(255)
] as const

/** No, two, three and four decimal digits. */
export const currency: Arbitrary.Arbitrary<CurrencyCode> = Arbitrary.map(
  oneOf(["USD", "JPY", "KWD", "EUR", "CLF"]),
  (code) => CurrencyCode.make(code)
)

// ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Most by a provider that we call; some paid back by hand, reported by others, only authorized, or of nothing. */
export const captureNamed = (id: string): Arbitrary.Arbitrary<Capture> =>
  Arbitrary.map(
    Arbitrary.all({
      amount: oneOf([100n, 60n, 40n, 100n, 60n, 1n, 0n, 1_000n]),
      provider: oneOf(["simulator", "simulator", "simulator", "simulator", "manual", "external"]),
      tender: oneOf(["card", "cash"]),
      isCaptured: upTo(15)
    }),
    ({ amount, isCaptured, provider, tender }) =>
      capture(id, amount, { provider, tender, ...(isCaptured === 15 ? { capturedAt: null } : {}) })
  )

const chargeUpTo = (maximum: number): Arbitrary.Arbitrary<Charge> =>
  Arbitrary.map(
    Arbitrary.all({ amount: minorUpTo(maximum), tax: minorUpTo(9), discount: minorUpTo(5), parts: upTo(3) }),
    ({ amount, parts, ...drawn }) => {
      const discount = (parts & 2) === 2 ? least(drawn.discount, amount) : undefined
      return {
        amount,
        // Small enough to be included in what is left to pay.
        ...((parts & 1) === 1 ? { tax: least(drawn.tax, amount - (discount ?? 0n)) } : {}),
        ...(discount === undefined ? {} : { discount })
      }
    }
  )

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

const maybe = <A>(arbitrary: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<A | undefined> =>
  Arbitrary.map(Arbitrary.all([upTo(1), arbitrary]), ([isThere, value]) => (isThere === 1 ? value : undefined))

const lines: Arbitrary.Arbitrary<ReadonlyArray<Line>> = Arbitrary.map(
  Arbitrary.array(chargeUpTo(60), { maxLength: 3 }),
  (charges) => charges.map((charge, index) => ({ ...charge, id: String(index + 1) }))
)

export interface OrderNames {
  readonly captures?: ReadonlyArray<string>
  readonly customers?: ReadonlyArray<string>
}

/** Registrations that add up: bare payments, and ones with rows, shipping, fees, tax and everything stated. */
export const orderWith = ({
  captures = ["c-1", "c-2", "c-3"],
  customers = ["customer-1"]
}: OrderNames = {}): Arbitrary.Arbitrary<Registration> =>
  Arbitrary.map(
    Arbitrary.all({
      currency,
      captures: Arbitrary.all(captures.map(captureNamed)),
      captureCount: upTo(captures.length - 1),
      customer: upTo(customers.length),
      isBare: upTo(2),
      lines,
      shipping: maybe(chargeUpTo(30)),
      invoiceFee: maybe(chargeUpTo(10)),
      wrapping: maybe(chargeUpTo(10)),
      taxIncluded: upTo(3),
      states: upTo(7),
      ownTax: minorUpTo(9)
    }),
    (drawn) => {
      const customer = customers[drawn.customer - 1]
      const payment: Registration = {
        currency: drawn.currency,
        captures: drawn.captures.slice(0, drawn.captureCount + 1),
        ...(customer === undefined ? {} : { customerId: CustomerId.make(customer) })
      }
      if (drawn.isBare === 0) return payment
      const parts: Parts = {
        lines: drawn.lines,
        ...(drawn.shipping === undefined ? {} : { shipping: drawn.shipping }),
        ...(drawn.invoiceFee === undefined ? {} : { invoiceFee: drawn.invoiceFee }),
        ...(drawn.wrapping === undefined ? {} : { fees: [{ code: "wrapping", ...drawn.wrapping }] })
      }
      const taxIncluded = drawn.taxIncluded === 3
      return { ...payment, ...parts, ...(taxIncluded ? { taxIncluded } : {}), ...stated(parts, taxIncluded, drawn) }
    }
  )

type Parts = Pick<Registration, "shipping" | "invoiceFee" | "fees"> & { readonly lines: ReadonlyArray<Line> }

/** The sums that the shop states beside the parts, right whichever of them it states. */
const stated = (
  parts: Parts,
  taxIncluded: boolean,
  { ownTax, states }: { readonly states: number; readonly ownTax: bigint }
): Partial<Registration> => {
  const charges: ReadonlyArray<Charge> = [
    ...parts.lines,
    ...(parts.shipping === undefined ? [] : [parts.shipping]),
    ...(parts.invoiceFee === undefined ? [] : [parts.invoiceFee]),
    ...(parts.fees ?? [])
  ]
  const total = (amounts: ReadonlyArray<bigint | undefined>) =>
    amounts.reduce((sum: bigint, amount) => sum + (amount ?? 0n), 0n)
  const isTaxed = charges.some((charge) => charge.tax !== undefined)
  const tax = isTaxed ? total(charges.map((charge) => charge.tax)) : ownTax
  const discounts = total(charges.map((charge) => charge.discount))
  const subtotal = total(parts.lines.map((line) => line.amount - (taxIncluded ? (line.tax ?? 0n) : 0n)))
  const statesTax = (states & 1) === 1
  const taxOnTop = taxIncluded || !(statesTax || isTaxed) ? 0n : tax
  return {
    ...(statesTax ? { tax } : {}),
    ...((states & 2) === 2 ? { subtotal } : {}),
    ...((states & 4) === 4
      ? { discounts, total: total(charges.map((charge) => charge.amount)) - discounts + taxOnTop }
      : {})
  }
}

export const orders: Arbitrary.Arbitrary<Registration> = orderWith()

// ── who asks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const people: readonly [CallerOptions, ...ReadonlyArray<CallerOptions>] = [
  { id: "ada" },
  { id: "bob" },
  { id: "ada", permissions: ["refunds:request", "refunds:read"] },
  { id: "carla", permissions: ["refunds:request", "refunds:approve", "refunds:record", "disputes:override"] },
  { id: "worker", permissions: ["worker"] }
]

/** People with all rights, some or the wrong ones, through every door. */
export const callers: Arbitrary.Arbitrary<Caller> = Arbitrary.map(
  Arbitrary.all({ who: oneOf([...people, people[0], people[1]] as typeof people), door: oneOf(doors), now: upTo(3) }),
  ({ door, now, who }) => caller({ ...who, door, now: noon + now * 60_000 })
)

// ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Around what the small captures have, and what nobody may ask for. */
export const requestAmounts = [
  60n,
  1n,
  40n,
  50n,
  99n,
  100n,
  101n,
  "all",
  30n,
  0n,
  -1n,
  null,
  maxMinor,
  maxMinor + 1n
] as const

export interface RequestNames {
  readonly orders?: readonly [string, ...ReadonlyArray<string>]
  readonly captures?: readonly [string, ...ReadonlyArray<string>]
}

/** Of every type, to every destination, with every flag: most of them right but for one thing. */
export const requestWith = ({
  captures = ["c-1", "c-2"],
  orders: names = ["o-1", "o-2"]
}: RequestNames = {}): Arbitrary.Arbitrary<RequestRefund> =>
  Arbitrary.map(
    Arbitrary.all({
      caller: callers,
      order: oneOf(names),
      amount: oneOf(requestAmounts),
      type: oneOf(["default", "default", "default", "shipping", "invoice_fee", "instance_cost"]),
      destination: oneOf(["original", "original", "original", "store_credit", "payout"]),
      at: upTo(5),
      capture: oneOf([undefined, ...captures, undefined]),
      line: oneOf([undefined, undefined, undefined, "1", "2", "9"]),
      currency: oneOf([undefined, undefined, undefined, undefined, "USD"]),
      restated: oneOf([
        undefined,
        { tax: false, discounts: false },
        { tax: true, discounts: false },
        { tax: true, discounts: true }
      ]),
      flags: oneOf([
        {},
        {},
        {},
        {},
        { settled: true },
        { requiresApproval: true },
        { skipEvents: true },
        { settled: true, requiresApproval: true }
      ]),
      reason: oneOf([undefined, "broken", " "]),
      key: oneOf([undefined, "k-1", "k-2"]),
      id: upTo(4)
    }),
    ({
      at,
      caller: by,
      capture: named,
      currency: asked,
      destination,
      id,
      key,
      line,
      order,
      reason,
      restated,
      ...drawn
    }) =>
      request({
        caller: by,
        order,
        amount: drawn.amount,
        type: drawn.type,
        destination,
        ...drawn.flags,
        ...(at === 5 ? { at: captures[0] } : {}),
        ...(named === undefined ? {} : { capture: named }),
        ...(line === undefined || drawn.type !== "default" ? {} : { line }),
        ...(asked === undefined ? {} : { currency: asked }),
        ...(restated === undefined ? {} : { restated }),
        ...(reason === undefined ? {} : { reason }),
        ...(key === undefined ? {} : { key }),
        ...(id > 2 ? { id: refundId(id), chosen: true } : {})
      })
  )

export const requests: Arbitrary.Arbitrary<RequestRefund> = requestWith()
