import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { precedence, type ViolationTag } from "refund-core/Violation"
import { type Broken, decided, pairsOf, registered, requested, spent, tried } from "./support/brokenRules.ts"

type Apart = readonly [why: string, one: ViolationTag, others: ReadonlyArray<ViolationTag>]

const ofProvider: ReadonlyArray<ViolationTag> = ["WindowClosed", "OnlyInFull", "AmountNotInSteps"]
const ofAmount: ReadonlyArray<ViolationTag> = [
  ...ofProvider,
  ...(["ExceedsCaptured", "ExceedsCollected", "ExceedsOrderTotal", "SubtotalUnknown", "ExceedsSubtotal"] as const),
  ...(["ExceedsComponent", "NothingToDeductFrom", "CustomerRequired", "ReasonRequired"] as const)
]
const limits = ["ExceedsCaptured", "ExceedsCollected", "ExceedsOrderTotal"] as const

/** Two that no request can break together, and why. */
const apartInRequests: ReadonlyArray<Apart> = [
  [
    "of an order that is not there nothing else is known",
    "OrderNotFound",
    [
      ...(["CaptureNotFound", "ComponentNotFound", "CaptureRequired", "NotCaptured"] as const),
      ...(["CurrencyMismatch", "DisputeOpen"] as const),
      ...ofAmount
    ]
  ],
  ["a capture is named or it is not", "CaptureNotFound", ["CaptureRequired"]],
  [
    "of a capture that is not there nothing else is known, and nothing is put on it",
    "CaptureNotFound",
    ["NotCaptured", "DisputeOpen", ...limits, ...ofProvider, "CustomerRequired", "ReasonRequired"]
  ],
  ["what is only authorized pays nothing", "NotCaptured", ofProvider],
  ["both are about the capture that is named", "CaptureRequired", ["NotCaptured", "DisputeOpen", "ExceedsCaptured"]],
  ["there is no amount to compare", "AmountMissing", ["AmountNotPositive", ...ofAmount]],
  ["there is no amount to compare", "AmountNotPositive", ofAmount],
  [
    "a return cost draws on nothing and goes nowhere",
    "NothingToDeductFrom",
    [...limits, ...ofProvider, "ExceedsComponent", "CustomerRequired"]
  ],
  ["only what goes to a capture exceeds it", "ExceedsCaptured", ["CustomerRequired"]],
  ["no provider gives credit", "CustomerRequired", ofProvider],
  ["a reason is asked for where nothing limits the amount", "ReasonRequired", [...limits, "NothingToDeductFrom"]],
  ["a subtotal is known or it is not", "SubtotalUnknown", ["ExceedsSubtotal"]]
]

/** As above, of what is decided about a refund. */
const apartInDecisions: ReadonlyArray<Apart> = [
  [
    "of a refund that is not there nothing else is known",
    "RefundNotFound",
    [
      ...(["SelfApproval", "Malformed", "DisputeOpen", "ExceedsCaptured", "ExceedsCollected"] as const),
      ...(["ExceedsComponent", "ReasonRequired", "StateConflict"] as const)
    ]
  ],
  [
    "only a retry asks it, and who asked for a refund may retry it",
    "SelfApproval",
    ["DisputeOpen", "ExceedsComponent"]
  ],
  [
    "only approving and retrying ask for limits, and neither takes a time or a note",
    "Malformed",
    ["DisputeOpen", "ExceedsCaptured", "ExceedsCollected", "ExceedsComponent"]
  ],
  [
    "only approving and retrying ask for limits, and neither takes a time or a note",
    "ReasonRequired",
    ["DisputeOpen", "ExceedsCaptured", "ExceedsCollected", "ExceedsComponent"]
  ],
  [
    "limits are asked only of a refund that is in the right state",
    "StateConflict",
    ["DisputeOpen", "ExceedsCaptured", "ExceedsCollected", "ExceedsComponent"]
  ]
]

/** As above, of credit that is spent. */
const apartInSpendings: ReadonlyArray<Apart> = [
  [
    "of an order that is not there nothing else is known",
    "OrderNotFound",
    [
      ...(["Malformed", "CurrencyMismatch", "AmountNotPositive", "ExceedsCredit"] as const),
      ...(["CustomerRequired", "CaptureConflict", "OrderConflict"] as const)
    ]
  ],
  ...(["CustomerRequired", "OrderConflict", "CurrencyMismatch"] as const).map(
    (tag): Apart => [
      "who pays for another's order, or in another currency, learns no more",
      tag,
      ["Malformed", "AmountNotPositive", "ExceedsCredit", "CaptureConflict"]
    ]
  ),
  ["there is a customer or there is none", "CustomerRequired", ["OrderConflict", "CurrencyMismatch"]],
  [
    "what is a capture already is not paid once more",
    "CaptureConflict",
    ["Malformed", "AmountNotPositive", "ExceedsCredit"]
  ],
  ["an amount is too small or too large", "AmountNotPositive", ["Malformed", "ExceedsCredit"]]
]

/** Told alone, or not by the rules of requests, decisions and registrations. */
const alone: Partial<Record<ViolationTag, string>> = {
  NotPermitted: "who may not ask learns no more",
  IdempotencyKeyReused: "another request was made under the key: this one is not looked at",
  AmountTooPrecise: "told by the doors that read decimals, before there is a command",
  DisputeConflict: "a dispute has no other rule once order and capture are found",
  VersionConflict: "settings have no other rule",
  LastManagingKey: "keys have no other rule"
}

const namesOf = (apart: ReadonlyArray<Apart>): ReadonlyArray<string> =>
  apart.flatMap(([, one, others]) => others.flatMap((other) => pairsOf([one, other])))

/** Each pair is told together by some command, or stands in the list: one of the two. */
const assertEveryPair = ({ outOfOrder, pairs, tags }: Broken, apart: ReadonlyArray<Apart>): void => {
  deepStrictEqual([...outOfOrder], [])
  const all = pairsOf(tags)
  deepStrictEqual(
    all.filter((pair) => !pairs.has(pair)),
    all.filter((pair) => namesOf(apart).includes(pair))
  )
  deepStrictEqual(
    namesOf(apart).filter((pair) => !all.includes(pair)),
    []
  )
}

describe("two rules that are broken together are told in the order of the rules", () => {
  const requests = tried(requested())
  const decisions = tried(decided())
  const registrations = tried(registered())
  const spendings = tried(spent())

  it("by a request", () => {
    assertEveryPair(requests, apartInRequests)
  })

  it("by a decision on a refund", () => {
    assertEveryPair(decisions, apartInDecisions)
  })

  it("by credit that is spent", () => {
    assertEveryPair(spendings, apartInSpendings)
  })

  it("by a registration", () => {
    assertEveryPair(registrations, [])
  })

  it("and every violation there is was tried, or is told alone", () => {
    const seen = new Set([...requests.tags, ...decisions.tags, ...registrations.tags, ...spendings.tags])
    const unseen = (Object.keys(precedence) as ReadonlyArray<ViolationTag>).filter((tag) => !seen.has(tag))
    deepStrictEqual(unseen.sort(), Object.keys(alone).sort())
  })
})
