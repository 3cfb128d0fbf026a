/** What a submit may be answered with, by what it meets, and what is then true. */
import type { Behaviour } from "../../ProviderHarness.ts"

export interface Expected {
  /** Tags of what may be said where submit itself says how it ended; `silence`: given up by whoever waits. */
  readonly now: ReadonlyArray<string>
  /** Where submit only ever says pending; absent: as `now`. */
  readonly later?: ReadonlyArray<string>
  /** `unclear`: at most once, and maybe not what was asked. */
  readonly truth: "paid" | "unpaid" | "pending" | "waiting" | "declined" | "unclear"
  readonly title: string
}

const doubt = ["unknown"]
const noAnswer = ["silence", "unknown"]

export const expected: { readonly [B in Behaviour]: Expected } = {
  settles: {
    now: ["settled"],
    later: ["pending"],
    truth: "paid",
    title: "a yes is settled, with the amount and currency that were sent (A31, A47)"
  },
  declines: {
    now: ["declined"],
    later: ["pending", "declined"],
    truth: "declined",
    title: "a definite no is declined, with the provider's code (T19, A16)"
  },
  pendingThenSettles: {
    now: ["pending"],
    truth: "pending",
    title: "what is accepted is pending, not settled (A34, A36)"
  },
  pendingThenFails: { now: ["pending"], truth: "pending", title: "what is accepted and will fail is pending (A35)" },
  requiresAction: {
    now: ["requiresAction"],
    truth: "waiting",
    title: "what waits for the customer is neither settled nor declined (T30)"
  },
  hangsUnpaid: { now: noAnswer, truth: "unpaid", title: "no answer, not paid, is nobody's no (T21, A15)" },
  hangsPaid: { now: noAnswer, truth: "paid", title: "no answer, paid, is nobody's no (T20, A10, A15)" },
  resetsUnpaid: {
    now: doubt,
    truth: "unpaid",
    title: "a connection cut after sending, not paid, is unknown (T22, A15)"
  },
  resetsPaid: { now: doubt, truth: "paid", title: "a connection cut after sending, paid, is unknown (T22, A10, A15)" },
  breaksUnpaid: { now: doubt, truth: "unpaid", title: "a 500, not paid, is unknown (T23, A15)" },
  breaksPaid: { now: doubt, truth: "paid", title: "a 500, paid, is unknown (T23, A10, A15)" },
  garblesUnpaid: { now: doubt, truth: "unpaid", title: "a 200 that cannot be read, not paid, is unknown (T24)" },
  garblesPaid: { now: doubt, truth: "paid", title: "a 200 that cannot be read, paid, is unknown (T24)" },
  unreachable: { now: ["notSent"], truth: "unpaid", title: "a refused connection is not sent (A37)" },
  busy: { now: ["notSent"], truth: "unpaid", title: "a 429 is not sent, with the time that Retry-After tells (T29)" },
  keyInUse: { now: doubt, truth: "unpaid", title: "a key that is in use is unknown (A10, A22)" },
  otherAmount: {
    now: ["unknown", "settled"],
    later: ["unknown", "pending", "settled"],
    truth: "unclear",
    title: "another amount in the answer is told or unknown, never taken for what was asked (T25, A31)"
  },
  otherCurrency: {
    now: ["unknown", "settled"],
    later: ["unknown", "pending", "settled"],
    truth: "unclear",
    title: "another currency in the answer is told or unknown, never taken for what was asked (T25, A78)"
  },
  otherRefund: {
    now: doubt,
    truth: "paid",
    title: "an answer about somebody else's refund is unknown (T25, A30)"
  }
}
