/** The five vendors: how each is called, what its door's double can do, and how its answers are made to lie. */
import { CurrencyCode } from "refund-core/Currency"
import { make as geins } from "refund-dialects/geins/outbound"
import { make as kibo } from "refund-dialects/kibo/outbound"
import { make as maverick } from "refund-dialects/maverick/outbound"
import { make as medusa } from "refund-dialects/medusa/outbound"
import { make as moyasar } from "refund-dialects/moyasar/outbound"
import { type Ability, type Behaviour, everything } from "refund-testkit/ProviderHarness"
import { keepingExternalIds } from "./externalIds.ts"
import type { Json, Kept, Reply } from "./line.ts"
import { key, type Taken, terminalId } from "./serving.ts"

type Outbound = ReturnType<typeof kibo>

interface Made {
  readonly baseUrl: string
  readonly timeoutMilliseconds: number
  /** Absent: the one that may ask for refunds. */
  readonly credential?: string
}

export interface Vendor {
  readonly name: string
  readonly make: (made: Made) => Outbound
  /** By which the capture is registered with whoever calls the vendor. */
  readonly referenceOf: (taken: Taken) => string
  /** It records a refund, and is asked what became of it. */
  readonly answersLater: boolean
  readonly ignoresKey?: boolean
  readonly keeps?: () => Kept
  /** The line asks once more, under the same key, when it is paid: the answer is how the refund ended. */
  readonly asksAgain?: boolean
  readonly cannot: ReadonlyArray<Ability>
  readonly edits: { readonly [B in Behaviour]?: (answer: Json) => Json }
  readonly keyInUse: Reply
}

const currencies = ["JPY", "USD", "KWD"].map((code) => CurrencyCode.make(code)) as unknown as readonly [CurrencyCode]

const json = (status: number, body: Json): Reply => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body)
})

/** What no vendor has: a refund that waits for the customer, and news (its webhooks, where it has them, are not read). */
const nobody: ReadonlyArray<Ability> = ["requiresAction", "tells"]

export const canOf = ({ cannot }: Vendor): ReadonlySet<Ability> =>
  new Set([...everything].filter((ability) => !nobody.includes(ability) && !cannot.includes(ability)))

const ofKibo = (honoursIdempotencyKey: boolean): Vendor => ({
  name: honoursIdempotencyKey ? "Kibo, where the key is honoured," : "Kibo",
  make: ({ credential = key, ...made }) =>
    kibo({ ...made, baseUrl: `${made.baseUrl}/kibo`, accessToken: credential, currencies, honoursIdempotencyKey }),
  referenceOf: ({ capture, order }) => `${order}/${capture}`,
  answersLater: !honoursIdempotencyKey,
  ignoresKey: !honoursIdempotencyKey,
  asksAgain: honoursIdempotencyKey,
  cannot: ["keyInUse"],
  edits: {
    otherAmount: (refund) => ({ ...refund, amount: refund.amount - 1 }),
    otherCurrency: (refund) => {
      const interactions = refund.payment.interactions.map((each: Json) => ({ ...each, currencyCode: "EUR" }))
      return { ...refund, payment: { ...refund.payment, interactions } }
    },
    otherRefund: (refund) => ({ ...refund, reason: "the mug was broken" })
  },
  keyInUse: json(409, {})
})

const ofGeins: Vendor = {
  name: "Geins",
  make: ({ credential = key, ...made }) =>
    geins({
      ...made,
      baseUrl: `${made.baseUrl}/geins`,
      username: "till",
      password: credential,
      apiKey: credential,
      currencies
    }),
  referenceOf: ({ order }) => order,
  answersLater: true,
  ignoresKey: true,
  // Its answer is an id and nothing else; a refund that came back reads as one that is still to be paid.
  cannot: ["keyInUse", "otherAmount", "otherCurrency", "otherRefund", "reverses"],
  edits: {},
  keyInUse: json(409, {})
}

const ofMoyasar: Vendor = {
  name: "Moyasar",
  make: ({ credential = key, ...made }) =>
    moyasar({ ...made, baseUrl: `${made.baseUrl}/moyasar`, apiKey: credential, currencies }),
  referenceOf: ({ order }) => order,
  answersLater: false,
  cannot: [],
  edits: {
    otherAmount: (order) => ({
      ...order,
      transactions: order.transactions.map((each: Json) => ({ ...each, amount: each.amount - 1 }))
    }),
    otherCurrency: (order) => ({ ...order, currency: "EUR" }),
    otherRefund: (order) => ({
      ...order,
      transactions: order.transactions.map((each: Json) => ({ ...each, id: "f351a2a3-97c4-4f12-add3-80c1044091f5" }))
    })
  },
  keyInUse: json(400, { message: "Initial request is still processing." })
}

const ofMaverick = (options: { readonly honoursIdempotencyKey?: true; readonly keepsExternalId?: true }): Vendor => ({
  name: `Maverick${options.honoursIdempotencyKey ? ", where the key is honoured," : ""}${options.keepsExternalId ? ", where externalId is kept," : ""}`,
  make: ({ credential = key, ...made }) =>
    maverick({ ...made, ...options, baseUrl: `${made.baseUrl}/maverick`, token: credential, terminalId, currencies }),
  referenceOf: ({ capture }) => capture,
  answersLater: false,
  ignoresKey: options.honoursIdempotencyKey !== true,
  ...(options.keepsExternalId ? { keeps: keepingExternalIds } : {}),
  // Its payments have no currency; one that is in error may or may not have been paid.
  cannot: ["otherCurrency", "reverses", ...(options.honoursIdempotencyKey ? [] : (["keyInUse"] as const))],
  edits: {
    otherAmount: (payment) => ({
      ...payment,
      amount: payment.amount.replace(/\d$/, (last: string) => (+last + 1) % 10)
    }),
    otherRefund: (payment) => ({ ...payment, id: 883, parent: { id: 882 } })
  },
  keyInUse: json(409, { name: "Conflict", message: "The request is being processed", code: 0, status: 409 })
})

const ofMedusa = (honoursIdempotencyKey: boolean): Vendor => ({
  name: honoursIdempotencyKey ? "Medusa, where the key is honoured," : "Medusa",
  make: ({ credential = key, ...made }) =>
    medusa({ ...made, baseUrl: `${made.baseUrl}/medusa`, apiToken: credential, currencies, honoursIdempotencyKey }),
  referenceOf: ({ capture }) => capture,
  answersLater: false,
  ignoresKey: !honoursIdempotencyKey,
  cannot: ["otherCurrency"],
  edits: {
    otherAmount: ({ refund }) => ({ refund: { ...refund, amount: refund.amount - 1 } }),
    otherRefund: ({ refund }) => ({ refund: { ...refund, id: "ref_another", note: "I didn't like it" } })
  },
  keyInUse: json(409, {
    code: "invalid_state_error",
    type: "conflict",
    message: "The request conflicted with another."
  })
})

/** As the vendors are. */
export const vendors: ReadonlyArray<Vendor> = [ofKibo(false), ofGeins, ofMoyasar, ofMaverick({}), ofMedusa(false)]

/** As a gateway may be, once it was tried. */
export const tried: ReadonlyArray<Vendor> = [ofMaverick({ keepsExternalId: true })]

/** As a ledger like this one is behind their doors. */
export const ledgers: ReadonlyArray<Vendor> = [
  ofKibo(true),
  ofMaverick({ honoursIdempotencyKey: true }),
  ofMedusa(true)
]
