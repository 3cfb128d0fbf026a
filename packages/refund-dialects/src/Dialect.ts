/**
 * A dialect as a door opens it: which paths it answers, how it reads a request, how it says every answer. It holds no
 * rule. Whoever mounts it (apps/http, or your own server) reads the credential, parses the JSON and writes the answer.
 */
import type { Effect } from "effect"
import type { Caller } from "refund-core/Command"
import type { RefundId } from "refund-core/Ids"
import type { Door } from "refund-core/Policy"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Outcomes } from "refund-core/ports/Outcomes"
import type { Refunds } from "refund-core/Refunds"
import type { Rejected } from "refund-core/Violation"
import type { OpenApi } from "./OpenApi.ts"

/** A body that its route reads for itself, as it comes. */
export interface Upload {
  /** In lower case, without parameters: one of those that the route reads. */
  readonly mediaType: string
  /** What the client said of its length; null: nothing. */
  readonly statedBytes: number | null
  /** The next part, taken from the connection when it is asked for. `slow`: it was waited for too long. `cut`: the client is gone. */
  readonly next: () => Promise<Uint8Array | "end" | "slow" | "cut">
  /** Runs when the request is over, however it ended. */
  readonly whenOver: (act: () => void) => void
  /** Ends the connection: nothing of what the client is told is taken. */
  readonly abandon: () => void
}

export interface WireRequest {
  readonly caller: Caller
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>
  /** First value of each query parameter. */
  readonly query: Readonly<Record<string, string>>
  /** Lower-case names, first value. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed body; `undefined` where there was none. Numbers are `NumberText` where the dialect asks for it. */
  readonly body: unknown
  /** In place of a body, where the route reads it for itself: with every value of each query parameter. */
  readonly upload?: Upload & { readonly query: URLSearchParams }
  /** Method and the vendor's path with its ids, e.g. `POST /v1/orders/A-1/refund`: part of an intent's content. */
  readonly operation: string
  /** Fresh ids, ours: UUIDv7 in lower case, and a salt for free text. */
  readonly freshId: () => RefundId
  readonly freshSalt: () => string
}

export interface WireAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, or text where the vendor says text. Absent: an empty body. */
  readonly body?: unknown
  readonly text?: string
  /**
   * In place of a body, one that goes on for as long as this runs: it is interrupted when the client goes or the server
   * stops. `write` waits until the client takes more.
   */
  readonly stream?: (write: (text: string) => Effect.Effect<void>) => Effect.Effect<void>
}

/** What can go wrong before a dialect's own route runs. All of it is said in the vendor's shape. */
export type WireFault =
  | { readonly _tag: "NoCredential" }
  | { readonly _tag: "BadCredential" }
  | { readonly _tag: "TooMany"; readonly retryAfterSeconds: number }
  | { readonly _tag: "BadJson"; readonly detail: string }
  | { readonly _tag: "TooLarge"; readonly limitBytes: number }
  | { readonly _tag: "WrongMediaType"; readonly got: string; readonly wanted?: ReadonlyArray<string> }
  | { readonly _tag: "NoRoute"; readonly path: string }
  | { readonly _tag: "WrongMethod"; readonly allowed: ReadonlyArray<string> }
  | { readonly _tag: "Broken"; readonly requestId: string }

/** `R`: what its routes need of the ledger. A vendor's dialect gets along with the use cases. */
export interface DialectRoute<R = Refunds | Outcomes> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** Express form, e.g. `/v1/orders/:id/refund`. */
  readonly path: string
  /** Where a body may be larger than the server's usual limit. */
  readonly limitBytes?: number
  /** The media types of a body that the route reads for itself. */
  readonly uploads?: ReadonlyArray<string>
  /** Every failure of ours is already an answer. */
  readonly handle: (request: WireRequest) => Effect.Effect<WireAnswer, never, R>
}

export interface Dialect<R = Refunds | Outcomes> {
  readonly door: Door
  /** Where it is mounted unless told otherwise, e.g. `/moyasar`. */
  readonly prefix: string
  /** `text`: decimals are read from the JSON text, exactly. `double`: the wire has integers only. */
  readonly numbers: "text" | "double"
  /** Our API key as this vendor's clients send it; null: none was sent. */
  readonly credential: (headers: Readonly<Record<string, string>>) => string | null
  readonly routes: ReadonlyArray<DialectRoute<R>>
  readonly fault: (fault: WireFault) => WireAnswer
  readonly failure: (failure: Rejected | LedgerUnavailable) => WireAnswer
  /** Whether this answer refuses who asked: they lack a permission, or another person must decide. Absent: by its status, 401 or 403. */
  readonly isRefusal?: (answer: WireAnswer) => boolean
  /** Where the vendor names each answer, so that its support finds it: the answer with a name of its own. */
  readonly correlated?: (answer: WireAnswer, id: string) => WireAnswer
  /** What is answered, for whoever asks before asking. */
  readonly description?: OpenApi
}
