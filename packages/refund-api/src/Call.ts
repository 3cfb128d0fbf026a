/** One call of the native API as data: what is sent, what is answered, which rules may refuse it. */
import type { Schema } from "effect"
import type { Permission } from "refund-core/Permission"
import type { ViolationTag } from "refund-core/Violation"
import type { FaultCode } from "./Problem.ts"

export type AnySchema = Schema.Constraint
export type Code = ViolationTag | FaultCode

export interface Said {
  readonly description: string
  /** Absent: no body. */
  readonly schema?: AnySchema
  /** Absent: `application/json`. */
  readonly mediaTypes?: ReadonlyArray<string>
  /** By name, what each says. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A request that works, or that says what it needs; the tests send each. */
export interface Example {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Who has any of these may begin; what is asked for in it needs what it needs alone. */
export interface OneOf {
  readonly oneOf: ReadonlyArray<Permission>
}

export interface Call {
  readonly summary: string
  /** Under what it is found on the page of all calls. */
  readonly about: "Orders" | "Refunds" | "Store credit" | "Events and webhooks" | "Settings" | "Books" | "The server"
  /** Null: the credential needs none. Absent: no credential is asked for. */
  readonly permission?: Permission | OneOf | null
  readonly query?: Schema.Struct<Schema.Struct.Fields>
  /** By name, what each means. All may be absent. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: AnySchema
  /** In place of a JSON body, by media type: text that is read as it comes, with an example. */
  readonly uploads?: Readonly<Record<string, string>>
  /** The body may be absent. */
  readonly bodyOptional?: true
  readonly answers: Readonly<Record<number, Said>>
  /** Beside what may befall any call. */
  readonly refusals: ReadonlyArray<Code>
  readonly example: Example
}

/** Of what has a version: it comes with the answer, and a change names the one that was read. */
export const version = { ETag: "The version, quoted." }
export const ifMatch = { "If-Match": "The version that was read; `*`: whatever it is now." }

/** `POST /v1/orders/:orderId/refunds`: method and path as they are mounted. */
export type Calls = Readonly<Record<string, Call>>

/** What may befall any call that needs a credential. */
export const anywhere: ReadonlyArray<Code> = [
  "Malformed",
  "BadJson",
  "Unauthorized",
  "NotPermitted",
  "TooMany",
  "UriTooLong",
  "TooLarge",
  "WrongMediaType",
  "Broken",
  "Unavailable"
]

/** What may befall any call at all. */
export const openly: ReadonlyArray<Code> = ["UriTooLong"]
