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
  way(
    from,
    "settled",
    ["returned"],
    "it moved and came back before anybody here knew: both are booked, then it is reversed"
  ),
  way(from, "failed", ["declined"], "a definite no"),
  way(from, "in_review", ["paid otherwise"], "the provider names another amount or currency"),
  way(
    from,
    "approved",
    ["not sent", "not found"],
    "it is not at the provider, who still knows the id: the same attempt once more"
  ),
  way(
    from,
    "failed",
    ["not found, overdue"],
    "it is not at the provider, who might take the id for another payment by now"
  )
]

export const ways: ReadonlyArray<Way> = [
  way("–", "pending_approval", ["request"], "a request that needs consent"),
  way("–", "approved", ["request"], "a request that needs none"),
  way("–", "settled", ["request"], "a person records that the money moved already"),
  way("–", "settled", ["external"], "a provider tells of one that nobody asked the ledger for"),

  way("pending_approval", "approved", ["approve"], "another person than the requester consents"),
  way("pending_approval", "denied", ["deny"], "a person says no"),
  way("pending_approval", "canceled", ["cancel"], "it is not wanted any more"),
  way("pending_approval", "canceled", ["begin, overdue"], "nobody consented within 30 days"),

  way("approved", "submitting", ["begin"], "the attempt is committed, then the provider is called"),
  way(
    "approved",
    "submitting",
    ["paid", "paid otherwise", "pending", "requires action", "declined", "returned"],
    "it was not sent, as far as anybody knew, or by books that were brought back, and the provider has it all the same; then as from there"
  ),
  way(
    "approved",
    "in_review",
    ["paid", "paid otherwise"],
    "it is to be sent once more, and was paid the first time: it would be paid twice"
  ),
  way("approved", "settled", ["settle"], "a person paid it, and no provider of ours does"),
  way(
    "approved",
    "settled",
    ["request", "approve", "retry"],
    "store credit is posted at once; a recorded one was only waiting for consent; a payout of 0 needs no call"
  ),
  way("approved", "settled", [anotherRefund], "a return cost is kept, or its refund is used up by one"),
  way("approved", "pending_approval", ["undo"], "a person had approved it, and nothing was sent"),
  way("approved", "canceled", ["cancel"], "nothing was sent, or nothing of it arrived"),
  way("approved", "canceled", ["begin, overdue"], "a return cost found no refund to be taken from within 30 days"),

  ...answers("submitting"),
  way("submitting", "pending", ["pending"], "the provider accepted it and will tell later"),
  way("submitting", "requires_action", ["requires action"], "the provider needs the customer"),
  way("submitting", "unknown", ["unknown"], "no answer, or none that can be read"),
  way("submitting", "unknown", ["begin"], "the process that was submitting stopped"),
  way("submitting", "unknown", ["not sent"], "it was in doubt before, and this call says nothing of the one before it"),

  ...answers("pending"),
  way("pending", "requires_action", ["requires action"], "the provider needs the customer"),
  way("pending", "unknown", ["unknown"], "a lookup was not answered"),
  way("pending", "in_review", ["pending, overdue", "begin, overdue"], "the provider left it open for 30 days"),

  ...answers("requires_action"),
  way("requires_action", "pending", ["pending"], "the customer did what was needed"),
  way("requires_action", "unknown", ["unknown"], "a lookup was not answered"),
  way(
    "requires_action",
    "in_review",
    ["requires action, overdue", "begin, overdue"],
    "the provider left it open for 60 days"
  ),

  ...answers("unknown"),
  way("unknown", "pending", ["pending"], "it did reach the provider"),
  way("unknown", "requires_action", ["requires action"], "it did reach the provider"),
  way(
    "unknown",
    "submitting",
    ["begin"],
    "the provider cannot be asked and still knows the id: sent again, it is the question"
  ),
  way("unknown", "in_review", ["begin, overdue"], "the provider cannot be asked, and knows the id no more"),
  way("unknown", "in_review", ["unknown"], "the lookups are used up"),
  way("unknown", "settled", ["resolve to settled"], "a person found out"),
  way("unknown", "failed", ["resolve to failed"], "two people found out"),

  way("in_review", "settled", ["resolve to settled"], "a person found out, or lets stand what was settled before"),
  way("in_review", "failed", ["resolve to failed"], "a person found out, or undoes it with what is left of the credit"),

  way("settled", "reversed", ["returned", "declined"], "the provider returned the money, or says no after all"),
  way(
    "settled",
    "reversed",
    ["paid, before"],
    "told in the other order, as a failed one: it was paid, then it came back"
  ),
  way("settled", "reversed", ["reverse"], "a person undoes what was recorded, or credit that was not spent"),
  way("settled", "reversed", [anotherRefund], "the return cost of a refund that was reversed was kept in vain"),
  way("settled", "in_review", ["reverse"], "the credit it gave is spent or has ended: it cannot be taken back whole"),

  way("failed", "approved", ["retry"], "the rules allow it once more: a new attempt will be made"),
  way("failed", "canceled", ["cancel"], "it is given up"),
  way("failed", "in_review", ["paid", "paid otherwise"], "the provider says yes after it had said no: contradictory"),
  way(
    "failed",
    "settled",
    ["paid, before"],
    "told in the other order: it was paid before it failed, and is then reversed"
  )
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
    "*claims*: whether the amount counts as held, as refunded, or no more. *overdue*: when every day it had is past.",
    "*before*: by the provider's own time, older than what is known. *another refund*: what becomes of a return cost, or of",
    "the refund it is taken from, with the other. Money moves at most once: what a review lets stand was settled before.",
    "",
    "| state | claims | leaves for |",
    "| --- | --- | --- |",
    ...["–" as const, ...RefundState.literals].map((state) => {
      const leaves = ways.filter(({ from }) => from === state)
      return `| ${state === "–" ? "*none yet*" : `\`${state}\``} | ${state === "–" ? "" : standing(state)} | ${leaves.length === 0 ? "– (final)" : cell(leaves)} |`
    }),
    ""
  ].join("\n")
