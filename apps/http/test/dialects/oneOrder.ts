/** One order that is refunded through every door: what is asked of it at random, and what must come of each. */
import type { RawAnswer, RawAsk } from "../support/raw.ts"

export interface Figures {
  readonly collected: number
  readonly refunded: number
  readonly held: number
  readonly refundable: number
}

export interface Shown extends Figures {
  readonly captures: ReadonlyArray<Figures & { readonly id: string }>
  readonly refunds: ReadonlyArray<{
    readonly id: string
    readonly groupId: string
    readonly state: string
    readonly amount: number
    readonly captureId: string | null
    readonly destination: string
  }>
}

/** The same numbers for the same seed. */
export const random = (seed: number) => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    chance: (probability: number): boolean => next() < probability,
    pick: <A>(list: ReadonlyArray<A>): A => list[below(list.length)] as A,
    uuid: (): string => {
      const hex = Array.from({ length: 32 }, () => below(16).toString(16)).join("")
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
    }
  }
}
export type Random = ReturnType<typeof random>

export interface Step {
  readonly what: string
  readonly ask: RawAsk
  /** By the figures before it: whether a refund must be made, and may not. */
  readonly isAdmitted: (before: Shown) => boolean
}

/** Of two people who may do everything but decide on what they asked for. */
export const keys = { one: "one-secret", two: "two-secret" }

const decimal = (minor: number): string => (minor / 100).toFixed(2)
const json = { "content-type": "application/json" }
const bearer = (key: string) => ({ ...json, authorization: `Bearer ${key}` })
const geinsKey = (key: string) => ({
  ...json,
  authorization: `Basic ${Buffer.from(`user:${key}`).toString("base64")}`,
  "x-apikey": key
})

const post = (path: string, headers: Readonly<Record<string, string>>, body: unknown, key: string | null): RawAsk => ({
  method: "POST",
  path,
  headers: key === null ? headers : { ...headers, "idempotency-key": key },
  // Decimals are JSON numbers with two digits.
  body: JSON.stringify(body).replaceAll(/"#([0-9.]+)"/g, "$1")
})

const ofOrder = (amount: number) => (before: Shown) => amount <= before.refundable
const ofCapture = (id: string, amount: number) => (before: Shown) =>
  amount <= (before.captures.find((capture) => capture.id === id)?.refundable ?? 0)
const ofSomeCapture = (amount: number) => (before: Shown) =>
  before.captures.some((capture) => amount <= capture.refundable)

type Asked = (draw: Random, order: string, capture: string, amount: number, key: string) => Omit<Step, "what">

/** Each door's ways of asking. Kibo gives no reason, without which nothing exceeds what is left. */
const asks: Readonly<Record<string, Asked>> = {
  "kibo, of the order": (_, order, __, amount, key) => ({
    ask: post(`/kibo/api/commerce/orders/${order}/refunds`, bearer(keys.one), { amount: `#${decimal(amount)}` }, key),
    isAdmitted: ofOrder(amount)
  }),
  "kibo, of a payment": (_, order, capture, amount, key) => ({
    ask: post(
      `/kibo/api/commerce/orders/${order}/refunds`,
      bearer(keys.one),
      { amount: `#${decimal(amount)}`, payment: { id: capture } },
      key
    ),
    isAdmitted: ofCapture(capture, amount)
  }),
  geins: (draw, order, _, amount, key) => ({
    ask: post(
      `/geins/API/Order/${order}/Refund`,
      geinsKey(keys.one),
      {
        RefundAmount: `#${decimal(amount)}`,
        ...(draw.chance(0.1) ? { ToBalance: true } : {}),
        ...(draw.chance(0.15) ? { Settled: true } : {}),
        ...(draw.chance(0.2) ? { RefundsRequireApproval: true } : {})
      },
      key
    ),
    isAdmitted: ofOrder(amount)
  }),
  "moyasar, by transaction_id": (draw, order, _, amount) => ({
    ask: post(`/moyasar/v1/orders/${order}/refund`, bearer(keys.one), { amount, transaction_id: draw.uuid() }, null),
    isAdmitted: ofOrder(amount)
  }),
  "moyasar, of a capture": (_, order, capture, amount, key) => ({
    ask: post(`/moyasar/v1/orders/${order}/refund`, bearer(keys.one), { amount, transaction_id: capture }, key),
    isAdmitted: ofCapture(capture, amount)
  }),
  maverick: (_, __, capture, amount, key) => ({
    ask: post(
      `/maverick/payment/${capture}/refund`,
      bearer(keys.one),
      { terminal: { id: 24 }, amount: decimal(amount) },
      key
    ),
    isAdmitted: ofCapture(capture, amount)
  }),
  "medusa, of a payment": (_, __, capture, amount, key) => ({
    ask: post(`/medusa/admin/payments/${capture}/refund`, bearer(keys.one), { amount, reason: "return" }, key),
    isAdmitted: ofCapture(capture, amount)
  }),
  "medusa, of the order": (_, order, __, amount, key) => ({
    ask: post(`/medusa/admin/orders/${order}/refund`, bearer(keys.one), { amount, reason: "late" }, key),
    isAdmitted: ofSomeCapture(amount)
  }),
  "native, of the order": (_, order, __, amount, key) => ({
    ask: post(`/v1/orders/${order}/refunds`, bearer(keys.one), { amount }, key),
    isAdmitted: ofOrder(amount)
  }),
  "native, of a capture": (draw, order, capture, amount, key) => ({
    ask: post(
      `/v1/orders/${order}/refunds`,
      bearer(keys.one),
      { amount, captureId: capture, ...(draw.chance(0.2) ? { requiresApproval: true } : {}) },
      key
    ),
    isAdmitted: ofCapture(capture, amount)
  })
}

/** Mostly small, so that many are made; now and then as much as is there, or a little more. */
const amountOf = (draw: Random, { captures, refundable }: Shown, capture: string): number => {
  const left = captures.find((each) => each.id === capture)?.refundable ?? 0
  if (draw.chance(0.8)) return 1 + draw.below(150)
  const edge = draw.pick([left, refundable]) + draw.pick([0, 1, -1])
  return draw.chance(0.1) ? Math.max(1, edge) : 1 + draw.below(8_000)
}

export const drawStep = (draw: Random, order: string, before: Shown): Step => {
  const what = draw.pick(Object.keys(asks))
  const capture = draw.pick(before.captures).id
  const amount = amountOf(draw, before, capture)
  const asked = asks[what]?.(draw, order, capture, amount, draw.uuid())
  if (asked === undefined) throw new Error(`no step ${what}`)
  return { what: `${what}: ${amount} of ${capture}`, ...asked }
}

/** By the other of the two: nobody decides on what they asked for. */
export const decideStep = (draw: Random, order: string, groupId: string): Step => {
  const approve = draw.chance(0.7)
  const [what, ask] = draw.pick([
    [
      "geins decides",
      post(`/geins/API/Order/${order}/Refund/${groupId}/SetApproval`, geinsKey(keys.two), { Approved: approve }, null)
    ],
    ["native decides", post(`/v1/refunds/${groupId}/${approve ? "approve" : "deny"}`, bearer(keys.two), {}, null)]
  ] as const)
  return { what: `${what}: ${approve ? "yes" : "no"} to ${groupId}`, ask, isAdmitted: () => true }
}

/** Which refund an answer is about; the native API says it in the body. */
export const refundIdOf = ({ headers, status, text }: RawAnswer): string | null => {
  const id = headers["refund-id"]
  if (typeof id === "string") return id
  const { groupId } = status === 200 || status === 201 ? (JSON.parse(text) as { readonly groupId?: string }) : {}
  return groupId ?? null
}
