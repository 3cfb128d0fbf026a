/** The bodies of `POST /v1/refunds/{id}/approve · undo · deny · cancel · settle`. None of them has to be sent. */
import { Result, Schema } from "effect"
import type { ApproveRefund, Caller, CancelRefund, DenyRefund, SettleRefund, UndoApproval } from "refund-core/Command"
import { RefundId } from "refund-core/Ids"
import { type Rejected, rejected } from "refund-core/Violation"
import { decoder, freeText, optional, stated } from "./Shape.ts"
import { Time } from "./Time.ts"

export const NoteBody = Schema.Struct({ note: optional(freeText(1000)) })
export type NoteJson = typeof NoteBody.Encoded

export const SettleBody = Schema.Struct({
  note: optional(freeText(1000)),
  /** Of the payment that a person made. */
  reference: optional(freeText(255)),
  /** When the money moved; absent: now. */
  settledAt: optional(Time)
})
export type SettleJson = typeof SettleBody.Encoded

const decodeNote = decoder(NoteBody)
const decodeSettle = decoder(SettleBody)
const isRefundId = Schema.is(RefundId)

export type DecisionCommand = ApproveRefund | UndoApproval | DenyRefund | CancelRefund | SettleRefund

/** The verb in the path, and the command it makes. */
export const verbs = {
  approve: "ApproveRefund",
  undo: "UndoApproval",
  deny: "DenyRefund",
  cancel: "CancelRefund",
  settle: "SettleRefund"
} as const
export type Verb = keyof typeof verbs

/** An id that is no UUID names no refund. */
export const toRefundId = (id: string): Result.Result<RefundId, Rejected> => {
  const lower = id.toLowerCase()
  if (isRefundId(lower)) return Result.succeed(lower)
  return Result.fail(rejected([{ _tag: "RefundNotFound", refundId: id }]))
}

export const toDecision = (
  verb: Verb,
  id: string,
  body: unknown,
  caller: Caller
): Result.Result<DecisionCommand, Rejected> =>
  Result.flatMap(toRefundId(id), (refundId) =>
    (verb === "settle" ? decodeSettle : decodeNote)(body ?? {}).pipe(
      Result.mapError(rejected),
      Result.map((decoded) => {
        const { note, ...rest } = stated(decoded)
        return { _tag: verbs[verb], caller, refundId, ...rest, ...(note === undefined ? {} : { detail: note }) }
      })
    )
  )
