/** What Geins lets people, and systems that pay, say about a refund that was created: approved, settled, processed, deleted. */
import { Effect, Result, Schema } from "effect"
import type { Permission } from "refund-core/Permission"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { isRefunded, type Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import type { Rejected, Violation } from "refund-core/Violation"
import type { WireAnswer, WireRequest } from "../Dialect.ts"
import { textFaults } from "../freeText.ts"
import { malformed } from "../malformed.ts"
import { needs, refuse } from "../refuse.ts"
import { readDateTime } from "./dateTime.ts"
import { failure, withoutResource } from "./envelope.ts"
import { processedAs } from "./marks.ts"
import { namedGroup } from "./reading.ts"
import type { Group } from "./refund.ts"
import { type BaseEnvelope, ProcessedRefund, RefundApproval, SettledRefund } from "./wire.ts"

const maxReferenceLength = 255

/** The credential says who decides, and the ledger's clock when: what the body says of both is read, and not kept. */
export const setApproval = (request: WireRequest) =>
  answered(
    Effect.gen(function* () {
      const body = yield* bodyOf(request, RefundApproval, "refunds:approve", ({ ApprovalDecidedBy, Approved }) => [
        ...(Approved == null ? [missing("Approved", "true or false")] : []),
        ...textFaults("ApprovalDecidedBy", ApprovalDecidedBy)
      ])
      const group = yield* namedGroup(request)
      const { caller } = request
      const refundId = group[0].groupId
      const refunds = yield* Refunds
      yield* body.Approved === true
        ? refunds.execute({ _tag: "ApproveRefund", caller, refundId })
        : refunds.execute({ _tag: "DenyRefund", caller, refundId })
      return done(body.Approved === true ? "Refund approved" : "Refund denied", group)
    })
  )

export const setAsSettled = (request: WireRequest) =>
  answered(
    Effect.gen(function* () {
      const body = yield* bodyOf(request, SettledRefund, "refunds:record", () => [])
      const group = yield* namedGroup(request)
      return yield* settleAll(request, group, group, settlementOf(body), "Refund settled")
    })
  )

export const setRowAsSettled = (request: WireRequest) =>
  answered(
    Effect.gen(function* () {
      const body = yield* bodyOf(request, SettledRefund, "refunds:record", () => [])
      const { group, row } = yield* namedRow(request)
      return yield* settleAll(request, group, [row], settlementOf(body), "Refund row settled")
    })
  )

export const setAsProcessed = (request: WireRequest) =>
  answered(
    Effect.gen(function* () {
      const body = yield* bodyOf(request, ProcessedRefund, "refunds:record", ({ ExternalId, Reference }) => [
        ...textFaults("ExternalId", ExternalId, maxReferenceLength),
        ...textFaults("Reference", Reference, maxReferenceLength)
      ])
      const group = yield* namedGroup(request)
      const { ExternalId, ProcessedOn, Reference } = body
      const settlement = {
        detail: processedAs(Reference ?? null),
        ...(ExternalId == null ? {} : { reference: ExternalId }),
        ...settledAt(ProcessedOn)
      }
      return yield* settleAll(request, group, group, settlement, "Refund processed")
    })
  )

/** Nothing is deleted from a ledger: a row that was not paid yet is canceled, which gives back what it held. */
export const deleteRow = (request: WireRequest) =>
  answered(
    Effect.gen(function* () {
      yield* needs(request, "refunds:request")
      const { group, row } = yield* namedRow(request)
      const refunds = yield* Refunds
      yield* refunds.execute({ _tag: "CancelRefund", caller: request.caller, refundId: row.id })
      return done("Refund row deleted", group)
    })
  )

// ── what they share ──────────────────────────────────────────────────────────────────────────────────────────────────

const answered = <R>(effect: Effect.Effect<WireAnswer, Rejected | LedgerUnavailable, R>) =>
  Effect.catch(effect, (refused) => Effect.succeed(no(refused)))

const no = (refused: Rejected | LedgerUnavailable): WireAnswer => withoutResource(failure(refused))

const done = (Message: string, [{ groupId }]: Group): WireAnswer => {
  const body: BaseEnvelope = { Message, Details: [] }
  return { status: 200, headers: { "refund-id": groupId }, body }
}

const missing = (path: string, expected: string): Violation => ({ _tag: "Malformed", path, expected })

/** An absent body says nothing, as an empty one does. */
const bodyOf = Effect.fnUntraced(function* <A>(
  request: WireRequest,
  schema: Schema.Codec<A, unknown>,
  permission: Permission,
  faultsOf: (body: A) => ReadonlyArray<Violation>
) {
  yield* needs(request, permission)
  const decoded = Schema.decodeUnknownResult(schema, { errors: "all" })(request.body === undefined ? {} : request.body)
  if (Result.isFailure(decoded)) return yield* refuse(...malformed(decoded.failure))
  const faults = faultsOf(decoded.success)
  return faults.length > 0 ? yield* refuse(...faults) : decoded.success
})

const namedRow = Effect.fnUntraced(function* (request: WireRequest) {
  const group = yield* namedGroup(request)
  const rowId = request.params["refundRowId"] ?? ""
  const row = group.find((refund) => String(refund.number) === rowId)
  return row === undefined ? yield* refuse({ _tag: "RefundNotFound", refundId: rowId.slice(0, 255) }) : { group, row }
})

interface Settlement {
  readonly reference?: string
  readonly detail?: string
  readonly settledAt?: number
}

const settledAt = (text: string | null | undefined): Settlement => {
  const at = text == null ? null : readDateTime(text)
  return at === null ? {} : { settledAt: at }
}

const settlementOf = ({ SettledByAdminUserId, SettledOn }: SettledRefund): Settlement => ({
  ...settledAt(SettledOn),
  ...(SettledByAdminUserId == null ? {} : { detail: `by admin user ${SettledByAdminUserId.text}` })
})

/**
 * Row by row, since each is paid for itself; what is settled already stays so, and where all are, that is a conflict.
 * A row that refuses after another was settled is told with the refund's id, as that other one is committed.
 */
const settleAll = Effect.fnUntraced(function* (
  request: WireRequest,
  group: Group,
  rows: ReadonlyArray<Refund>,
  settlement: Settlement,
  message: string
) {
  const refunds = yield* Refunds
  const { caller } = request
  const told = done(message, group)
  const open = rows.filter((row) => !isRefunded(row.state))
  let settled = 0
  for (const { id } of open.length === 0 ? rows : open) {
    const tried = yield* Effect.result(refunds.execute({ _tag: "SettleRefund", caller, refundId: id, ...settlement }))
    if (Result.isFailure(tried)) {
      const answer = no(tried.failure)
      return settled === 0 ? answer : { ...answer, headers: { ...answer.headers, ...told.headers } }
    }
    settled += 1
  }
  return told
})
