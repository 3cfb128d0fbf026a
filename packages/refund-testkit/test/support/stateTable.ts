/** Every way from one state of a refund to another, and no other; and the page that says so. */
import { holds, isRefunded, RefundState } from "refund-core/Refund"

/** `–`: it was not there yet. */
export type From = RefundState | "–"

export interface Way {
  readonly from: From
  readonly to: RefundState
  /** What takes it there: a command, or what the provider says. */
  readonly by: ReadonlyArray<string>
  readonly why: string
}

const way = (from: From, to: RefundState, by: ReadonlyArray<string>, why: string): Way => ({ from, to, by, why })

const anotherRefund = "another refund"

/** A provider's answer means the same whenever it comes. */
const answers = (from: RefundState): ReadonlyArray<Way> => [
  way(from, "settled", ["paid"], "the provider says that the money moved"),
  way(from, "failed", ["declined"], "a definite no"),
  way(from, "in_review", ["paid otherwise"], "the provider names another amount or currency"),
  way(from, "in_review", ["returned"], "the provider tells of a return before a payment: contradictory")
]

export const ways: ReadonlyArray<Way> = [
  way("–", "pending_approval", ["request"], "a request that needs consent"),
  way("–", "approved", ["request"], "a request that needs none"),
  way("–", "settled", ["request"], "a person records that the money moved already"),

  way("pending_approval", "approved", ["approve"], "another person than the requester consents"),
  way("pending_approval", "denied", ["deny"], "a person says no"),
  way("pending_approval", "canceled", ["cancel"], "it is not wanted any more"),
  way("pending_approval", "canceled", ["begin, overdue"], "nobody consented within 30 days"),

  way("approved", "submitting", ["begin"], "the attempt is committed, then the provider is called"),
  way("approved", "settled", ["settle"], "a person paid it, and no provider of ours does"),
  way(
    "approved",
    "settled",
    ["request", "approve", "retry"],
    "store credit is posted at once; a recorded one was only waiting for consent; a payout of 0 needs no call"
  ),
  way("approved", "settled", [anotherRefund], "a return cost is kept, or its refund is used up by one"),
  way("approved", "pending_approval", ["undo"], "a person had approved it, and nothing was sent"),
  way("approved", "canceled", ["cancel"], "nothing was sent"),
  way("approved", "canceled", ["begin, overdue"], "a return cost found no refund to be taken from within 30 days"),

  ...answers("submitting"),
  way("submitting", "pending", ["pending"], "the provider accepted it and will tell later"),
  way("submitting", "requires_action", ["requires action"], "the provider needs the customer"),
  way("submitting", "approved", ["not sent"], "nothing reached the provider: the same attempt once more"),
  way("submitting", "unknown", ["unknown"], "no answer, or none that can be read"),
  way("submitting", "unknown", ["begin"], "the process that was submitting stopped"),

  ...answers("pending"),
  way("pending", "requires_action", ["requires action"], "the provider needs the customer"),
  way("pending", "in_review", ["pending, overdue"], "the provider left it open for 30 days"),

  ...answers("requires_action"),
  way("requires_action", "pending", ["pending"], "the customer did what was needed"),

  ...answers("unknown"),
  way("unknown", "pending", ["pending"], "it did reach the provider"),
  way("unknown", "requires_action", ["requires action"], "it did reach the provider"),
  way("unknown", "in_review", ["unknown"], "the lookups are used up"),
  way("unknown", "settled", ["resolve to settled"], "a person found out"),
  way("unknown", "failed", ["resolve to failed"], "two people found out"),

  way("in_review", "settled", ["resolve to settled"], "a person found out"),
  way("in_review", "failed", ["resolve to failed"], "a person found out"),

  way("settled", "reversed", ["returned"], "the provider returned the money"),
  way("settled", "reversed", ["reverse"], "a person undoes what was recorded, or credit that was not spent"),
  way("settled", "reversed", [anotherRefund], "the return cost of a refund that was reversed was kept in vain"),

  way("failed", "approved", ["retry"], "the rules allow it once more: a new attempt will be made"),
  way("failed", "canceled", ["cancel"], "it is given up")
]

/** Ways that follow from how a state is entered, where what it leaves by does not name them. */
export const alsoTaken: ReadonlyArray<Way> = [
  way("failed", "in_review", ["paid", "paid otherwise"], "the provider says yes after it had said no: contradictory"),
  way("pending", "unknown", ["unknown"], "a lookup was not answered"),
  way("requires_action", "unknown", ["unknown"], "a lookup was not answered"),
  way("requires_action", "in_review", ["requires action, overdue"], "the provider left it open for 30 days"),
  way("unknown", "approved", ["not sent"], "the provider has never heard of it: the same attempt once more"),
  way("pending", "approved", ["not sent"], "the provider has never heard of it: the same attempt once more"),
  way("requires_action", "approved", ["not sent"], "the provider has never heard of it: the same attempt once more")
]

/** One for each cause. */
export const stepsOf = (all: ReadonlyArray<Way>): ReadonlyArray<string> =>
  all.flatMap(({ by, from, to }) => by.map((cause) => `${from} → ${to}: ${cause}`)).sort()

const standing = (state: RefundState): string => (holds(state) ? "holds" : isRefunded(state) ? "refunded" : "nothing")

const cell = (all: ReadonlyArray<Way>): string =>
  all.map(({ by, to, why }) => `**${to}** by ${by.join(", ")}: ${why}`).join("<br>")

/** Written by the test that proves it. */
export const page = (): string =>
  [
    "# The states of a refund",
    "",
    "Every way from one state to another, and no other. The test `states.test.ts` of refund-testkit tries every command",
    "and every answer of a provider in every state that a refund can come to, and compares what happens with this page,",
    "which it also writes (`vitest run test/states.test.ts -u`).",
    "",
    "*claims*: whether the amount counts as held, as refunded, or no more. *overdue*: after 30 days. *another refund*: what",
    "becomes of a return cost, or of the refund it is taken from, with the other. A refund is settled at most once.",
    "",
    "| state | claims | leaves for |",
    "| --- | --- | --- |",
    ...["–" as const, ...RefundState.literals].map((state) => {
      const leaves = [...ways, ...alsoTaken].filter(({ from }) => from === state)
      return `| ${state === "–" ? "*none yet*" : `\`${state}\``} | ${state === "–" ? "" : standing(state)} | ${leaves.length === 0 ? "– (final)" : cell(leaves)} |`
    }),
    ""
  ].join("\n")
