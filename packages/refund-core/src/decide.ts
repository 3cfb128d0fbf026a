/** One command, what it must know, the decision that answers it, and what it answers. */
import type { Result } from "effect"
import { closePeriod, removeEndpoint, setEndpoint, setPolicy, setProviders } from "./administration.ts"
import { approveRefund, cancelRefund, denyRefund, settleRefund, undoApproval } from "./approval.ts"
import { type Begun, beginAttempt } from "./attempts.ts"
import type { Command, RequestRefund } from "./Command.ts"
import type { CreditHead } from "./Credit.ts"
import { canonical } from "./canonical.ts"
import { recordDispute } from "./dispute.ts"
import { type External, recordExternal } from "./external.ts"
import { createKey, revokeKey, rotateKey } from "./keys.ts"
import type { CapabilitiesOf } from "./lookups.ts"
import { recordOutcome } from "./outcomes.ts"
import type { Decision, Facts, Scope } from "./ports/LedgerStore.ts"
import { assumed } from "./ports/RefundProvider.ts"
import type { Refund } from "./Refund.ts"
import { reconcileRefund } from "./reconciliation.ts"
import { redactOrder, redactRefund } from "./redaction.ts"
import { addCaptures, type Registered, registerOrder } from "./registration.ts"
import { type Requested, requestRefund } from "./request.ts"
import { resolveRefund, retryRefund, reverseRefund } from "./review.ts"
import type { SettingsHead } from "./Settings.ts"
import { expireCredit, type Spent, spendCredit } from "./spending.ts"
import type { Rejected } from "./Violation.ts"

interface Answers {
  readonly RegisterOrder: Registered
  readonly AddCaptures: Registered
  readonly RecordDispute: Registered
  readonly RequestRefund: Requested
  readonly ApproveRefund: ReadonlyArray<Refund>
  readonly UndoApproval: ReadonlyArray<Refund>
  readonly DenyRefund: ReadonlyArray<Refund>
  readonly CancelRefund: ReadonlyArray<Refund>
  readonly SettleRefund: ReadonlyArray<Refund>
  readonly RetryRefund: ReadonlyArray<Refund>
  readonly ResolveRefund: ReadonlyArray<Refund>
  readonly ReverseRefund: ReadonlyArray<Refund>
  readonly ReconcileRefund: ReadonlyArray<Refund>
  readonly RedactRefund: ReadonlyArray<Refund>
  readonly RedactOrder: boolean
  readonly BeginAttempt: Begun
  readonly RecordOutcome: ReadonlyArray<Refund>
  readonly RecordExternal: External
  readonly SpendCredit: Spent
  readonly ExpireCredit: CreditHead
  readonly SetPolicy: SettingsHead
  readonly SetProviders: SettingsHead
  readonly ClosePeriod: SettingsHead
  readonly CreateKey: SettingsHead
  readonly RevokeKey: SettingsHead
  readonly RotateKey: SettingsHead
  readonly SetEndpoint: SettingsHead
  readonly RemoveEndpoint: SettingsHead
}
export type AnswerOf<C extends Command> = Answers[C["_tag"]]

type Decided<A> = Result.Result<Decision<A>, Rejected>

const decisions: {
  readonly [Tag in Command["_tag"]]: (command: never, facts: Facts, of: CapabilitiesOf) => Decided<Answers[Tag]>
} = {
  RegisterOrder: registerOrder,
  AddCaptures: addCaptures,
  RecordDispute: recordDispute,
  RequestRefund: requestRefund,
  ApproveRefund: approveRefund,
  UndoApproval: undoApproval,
  DenyRefund: denyRefund,
  CancelRefund: cancelRefund,
  SettleRefund: settleRefund,
  RetryRefund: retryRefund,
  ResolveRefund: resolveRefund,
  ReverseRefund: reverseRefund,
  ReconcileRefund: reconcileRefund,
  RedactRefund: redactRefund,
  RedactOrder: redactOrder,
  BeginAttempt: beginAttempt,
  RecordOutcome: recordOutcome,
  RecordExternal: recordExternal,
  SpendCredit: spendCredit,
  ExpireCredit: expireCredit,
  SetPolicy: setPolicy,
  SetProviders: setProviders,
  ClosePeriod: closePeriod,
  CreateKey: createKey,
  RevokeKey: revokeKey,
  RotateKey: rotateKey,
  SetEndpoint: setEndpoint,
  RemoveEndpoint: removeEndpoint
}

/** `of`: what the providers can do; of those that do not say, what is `assumed`. */
export const decide = <C extends Command>(
  command: C,
  facts: Facts,
  of: CapabilitiesOf = () => assumed
): Decided<AnswerOf<C>> =>
  (decisions[command._tag] as (command: C, facts: Facts, of: CapabilitiesOf) => Decided<AnswerOf<C>>)(
    command,
    facts,
    of
  )

/** How many unsubmitted refunds a return cost may look at to be deducted from. */
const openForDeduction = 100

/** How many refunds under way an unnamed one from outside is compared with. */
const underWayAtMost = 100

export const scopeOf = (command: Command): Scope => {
  const { tenant } = command.caller
  switch (command._tag) {
    case "RegisterOrder":
    case "AddCaptures": {
      const captures = command._tag === "RegisterOrder" ? command.order.captures : command.captures
      return { tenant, at: { order: command.orderId }, registering: { captures: captures.map((each) => each.id) } }
    }
    case "RedactOrder":
      return { tenant, at: { order: command.orderId }, registering: { captures: [] } }
    case "RedactRefund":
      return { tenant, at: { refund: command.refundId } }
    case "RecordDispute":
      return { tenant, at: { order: command.orderId } }
    case "RequestRefund":
      return {
        tenant,
        at: command.at,
        once: {
          key: command.once.key ?? null,
          chosen: command.once.chosen ? command.ids.group : null,
          content: contentOf(command)
        },
        ...(command.type === "instance_cost" ? { open: openForDeduction } : {})
      }
    case "RecordExternal": {
      const once = { key: null, chosen: command.refundId, content: `external ${command.reference}` }
      return { tenant, at: { order: command.orderId }, underWay: underWayAtMost, once }
    }
    case "SpendCredit":
      return { tenant, at: { order: command.orderId }, registering: { captures: [command.captureId] } }
    case "ExpireCredit":
      return { tenant, at: { customer: command.customerId, currency: command.currency } }
    case "SetPolicy":
    case "SetProviders":
    case "ClosePeriod":
    case "CreateKey":
    case "RevokeKey":
    case "RotateKey":
    case "SetEndpoint":
    case "RemoveEndpoint":
      return { tenant, at: { settings: true } }
    case "ApproveRefund":
    case "DenyRefund":
    case "CancelRefund":
    case "ResolveRefund":
      return { tenant, at: { refund: command.refundId }, open: openForDeduction }
    case "BeginAttempt":
      return {
        tenant,
        at: { refund: command.refundId },
        ...(command.calls === true ? {} : { open: openForDeduction })
      }
    case "RecordOutcome":
      return {
        tenant,
        at: { refund: command.refundId },
        ...(command.outcome._tag === "declined" || command.outcome._tag === "notFound"
          ? { open: openForDeduction }
          : {})
      }
    default:
      return { tenant, at: { refund: command.refundId } }
  }
}

/** What makes two requests the same: everything asked for, not when, nor the ids and salts we drew for it. */
const contentOf = (command: RequestRefund): string => {
  const { caller, ids, once, texts, _tag, ...asked } = command
  const { salt: _, ...words } = texts ?? { salt: "" }
  return canonical({
    ...asked,
    door: caller.door,
    group: once.chosen ? ids.group : null,
    operation: once.operation,
    words
  })
}
