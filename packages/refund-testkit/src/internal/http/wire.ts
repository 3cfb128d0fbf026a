/** What goes over the wire, and what of it the laws look at. Written from the API's description, not from its code. */

/** Someone who asks: their key, and which of the two they are. */
export interface Who {
  readonly name: "first" | "second"
  readonly key: string
}

export interface Call {
  readonly who: Who
  readonly method: "GET" | "PUT" | "POST"
  readonly path: string
  readonly body?: unknown
  readonly idempotencyKey?: string
}

export interface Answer {
  readonly call: Call
  readonly status: number
  readonly replayed: boolean
  /** The body as it came. */
  readonly text: string
  /** Undefined where it is no JSON. */
  readonly json: unknown
}

export interface WireRefund {
  readonly id: string
  readonly groupId: string
  readonly orderId: string
  readonly captureId: string | null
  readonly amount: number
  readonly currency: string
  readonly state: string
  /** Absent where a server knows one destination only. */
  readonly destination?: string
}

/** A customer's store credit in one currency. */
export interface WireAccount {
  readonly currency: string
  readonly balance: number
  readonly spendable: number
  readonly lots: ReadonlyArray<{ readonly amount: number }>
}

interface Figures {
  readonly id: string
  readonly collected: number
  readonly refunded: number
  readonly held: number
  readonly refundable: number
}

export interface WireOrder extends Figures {
  readonly currency: string
  readonly captures: ReadonlyArray<Figures>
  readonly refunds: ReadonlyArray<WireRefund>
}

export interface WireProblem {
  readonly code: string
  readonly detail: string
  readonly violations: ReadonlyArray<Readonly<Record<string, unknown>>>
}

/** Status 0: there was no answer, and the text says why. */
export const send = (url: string, call: Call): Promise<Answer> =>
  exchange(url, call).catch((cause) => ({ call, status: 0, replayed: false, text: String(cause), json: undefined }))

const exchange = async (url: string, call: Call): Promise<Answer> => {
  const response = await fetch(url.replace(/\/$/, "") + call.path, {
    method: call.method,
    headers: {
      authorization: `Bearer ${call.who.key}`,
      ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      ...(call.idempotencyKey === undefined ? {} : { "idempotency-key": call.idempotencyKey })
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) })
  })
  const text = await response.text()
  const replayed = response.headers.get("idempotent-replayed") === "true"
  return { call, status: response.status, replayed, text, json: parsed(text) }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const isAccepted = ({ status }: Answer): boolean => status >= 200 && status < 300

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const hasAll = (value: unknown, kind: "string" | "number", names: ReadonlyArray<string>): boolean =>
  isObject(value) && names.every((name) => typeof value[name] === kind)

const isRefund = (value: unknown): value is WireRefund =>
  hasAll(value, "string", ["id", "groupId", "orderId", "currency", "state"]) && hasAll(value, "number", ["amount"])

const isFigures = (value: unknown): value is Figures =>
  hasAll(value, "string", ["id"]) && hasAll(value, "number", ["collected", "refunded", "held", "refundable"])

const areAll = <A>(value: unknown, is: (each: unknown) => each is A): value is ReadonlyArray<A> =>
  Array.isArray(value) && value.every(is)

/** A refund answers as itself, several as a group; null where it is neither. */
export const refundsIn = ({ json }: Answer): ReadonlyArray<WireRefund> | null => {
  if (isObject(json) && areAll(json["refunds"], isRefund)) return json["refunds"]
  return isRefund(json) ? [json] : null
}

export const orderIn = ({ json }: Answer): WireOrder | null =>
  isFigures(json) &&
  isObject(json) &&
  areAll(json["captures"], isFigures) &&
  areAll(json["refunds"], isRefund) &&
  typeof json["currency"] === "string"
    ? (json as unknown as WireOrder)
    : null

const isAccount = (value: unknown): value is WireAccount =>
  hasAll(value, "string", ["currency"]) &&
  hasAll(value, "number", ["balance", "spendable"]) &&
  isObject(value) &&
  areAll(value["lots"], (lot): lot is WireAccount["lots"][number] => hasAll(lot, "number", ["amount"]))

/** Null where it is no customer's credit. */
export const accountsIn = ({ json }: Answer): ReadonlyArray<WireAccount> | null =>
  isObject(json) && areAll(json["balances"], isAccount) ? json["balances"] : null

export interface WireSpent {
  readonly id: string
  /** False: it had been spent so before. */
  readonly changed: boolean
  readonly credit: WireAccount
}

export const spentIn = ({ json }: Answer): WireSpent | null =>
  hasAll(json, "string", ["id"]) && isObject(json) && typeof json["changed"] === "boolean" && isAccount(json["credit"])
    ? (json as unknown as WireSpent)
    : null

export const problemIn = ({ json }: Answer): WireProblem | null =>
  hasAll(json, "string", ["code", "detail"]) && isObject(json) && areAll(json["violations"], isObject)
    ? (json as unknown as WireProblem)
    : null

/** The names of every violation, the first of which is the problem's own. */
export const codesOf = (answer: Answer): ReadonlyArray<string> => {
  const problem = problemIn(answer)
  return problem === null ? [] : [problem.code, ...problem.violations.map((each) => String(each["code"]))]
}
