/** A dialect as a hostile caller sees it: where it takes what, and which of it it may not take. */
import { badTexts, notText } from "../../support/badInputs.ts"

/** A call that would change something if it were taken: a good body's fields, and bad values for each. */
export interface Target {
  readonly what: string
  /** Behind the dialect's prefix; `id` is the order's or the capture's. */
  readonly path: (id: string) => string
  readonly names: "order" | "capture"
  readonly good: Readonly<Record<string, string>>
  /** The field with the amount; null: it has none. */
  readonly amount: string | null
  readonly bad: Readonly<Record<string, ReadonlyArray<string>>>
  /** Fields that have to be there. */
  readonly required: ReadonlyArray<string>
  readonly status: 400 | 422
}

/** Refunds of order 9001 that wait for somebody: to be told settled, or processed, or approved. */
export interface Waiting {
  readonly settle: string
  readonly process: string
  readonly approve: string
}

export interface HostileDoor {
  readonly door: string
  readonly credentials: (key: string) => Readonly<Record<string, string>>
  readonly noCredentials: ReadonlyArray<Readonly<Record<string, string>>>
  /** What a credential without the right is told. */
  readonly forbidden: 400 | 401 | 403
  readonly targets: (waiting: Waiting) => ReadonlyArray<Target>
  readonly reads: ReadonlyArray<(id: string) => string>
  /** Paths that are nobody's. */
  readonly nowhere: ReadonlyArray<string>
  readonly badQueries: ReadonlyArray<string>
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
export const notBearer = [
  {},
  { authorization: "" },
  { authorization: "Bearer" },
  { authorization: "Bearer " },
  { authorization: "Bearer nobody" },
  { authorization: "Bearer admin-secret x" },
  { authorization: "Basic YWRtaW46YWRtaW4tc2VjcmV0" },
  { authorization: "Token admin-secret" },
  { authorization: "admin-secret" },
  { authorization: `Bearer ${"k".repeat(8_000)}` },
  { authorization: "Bearer ' OR '1'='1" },
  { "x-api-key": "admin-secret" },
  { cookie: "connect.sid=admin-secret" }
]

export const text = (maxLength: number) => [...notText, ...badTexts(maxLength)]
export const misspelt = (...names: ReadonlyArray<string>) =>
  Object.fromEntries(names.map((name) => [name, ["1", '"x"', "true"]]))
