/** The bodies of `POST /v1/refunds/{id}/approve · undo · deny · cancel · retry · settle · resolve · reverse · redact`. */
import { Result, Schema } from "effect"
import type { Caller, Command, CommandOf } from "refund-core/Command"
import { RefundId } from "refund-core/Ids"
import { type Rejected, rejected } from "refund-core/Violation"
import { decoder, freeText, type Malformed, optional, stated } from "./Shape.ts"
import { Time } from "./Time.ts"

const note = optional(freeText(1000))

export const NoteBody = Schema.Struct({ note })

/** The journal keeps no word about it, so none is taken. */
export const RetryBody = Schema.Record(Schema.String, Schema.Never.annotate({ message: "no property of this name" }))

export const SettleBody = Schema.Struct({
  note,
  /** Of the payment that a person made. */
  reference: optional(freeText(255)),
  /** When the money moved; absent: now. */
  settledAt: optional(Time)
})

/** What a person found out became of it; the note, which says how, must be there. */
export const ResolveBody = Schema.Struct({
  to: Schema.Literals(["settled", "failed"]).annotate({ message: '"settled" or "failed"' }),
  note,
  reference: optional(freeText(255)),
  /** When the money moved, where it did; absent: now. */
  settledAt: optional(Time)
}).check(
  Schema.makeFilter(({ settledAt, to }) =>
    to === "failed" && settledAt !== undefined && settledAt !== null
      ? { path: ["settledAt"], issue: 'only beside "to": "settled"' }
      : undefined
  )
)

const bodies = {
  approve: NoteBody,
  undo: NoteBody,
  deny: NoteBody,
  cancel: NoteBody,
  retry: RetryBody,
  settle: SettleBody,
  resolve: ResolveBody,
  /** The note must be there. */
  reverse: NoteBody,
  /** The note stays in the journal: nothing of a person's belongs in it. */
  redact: NoteBody
} as const

/** The verb in the path, and the command it makes. */
export const verbs = {
  approve: "ApproveRefund",
  undo: "UndoApproval",
  deny: "DenyRefund",
  cancel: "CancelRefund",
  retry: "RetryRefund",
  settle: "SettleRefund",
  resolve: "ResolveRefund",
  reverse: "ReverseRefund",
  redact: "RedactRefund"
} as const satisfies Record<keyof typeof bodies, Command["_tag"]>
export type Verb = keyof typeof verbs
export type DecisionCommand = CommandOf<(typeof verbs)[Verb]>
/** As it is written in JSON. */
export type DecisionJson<V extends Verb = Verb> = (typeof bodies)[V]["Encoded"]

interface Decoded {
  readonly note?: string | null
}

const decodeNote = decoder(NoteBody)
const decoders: Record<Verb, (body: unknown) => Result.Result<Decoded, ReadonlyArray<Malformed>>> = {
  approve: decodeNote,
  undo: decodeNote,
  deny: decodeNote,
  cancel: decodeNote,
  retry: decoder(RetryBody),
  settle: decoder(SettleBody),
  resolve: decoder(ResolveBody),
  reverse: decodeNote,
  redact: decodeNote
}
const isRefundId = Schema.is(RefundId)

/** An id that is no UUID names no refund. */
export const toRefundId = (id: string): Result.Result<RefundId, Rejected> => {
  const lower = id.toLowerCase()
  if (isRefundId(lower)) return Result.succeed(lower)
  return Result.fail(rejected([{ _tag: "RefundNotFound", refundId: id }]))
}

/** No body is an empty one. */
export const toDecision = (
  verb: Verb,
  id: string,
  body: unknown,
  caller: Caller
): Result.Result<DecisionCommand, Rejected> =>
  Result.flatMap(toRefundId(id), (refundId) =>
    decoders[verb](body === undefined ? {} : body).pipe(
      Result.mapError(rejected),
      Result.map((decoded) => {
        const { note, ...rest } = stated(decoded)
        const command = { caller, refundId, ...rest, ...(note === undefined ? {} : { detail: note }) }
        return { _tag: verbs[verb], ...command } as DecisionCommand
      })
    )
  )
