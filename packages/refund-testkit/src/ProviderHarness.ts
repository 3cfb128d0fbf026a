/**
 * What the provider contract needs of an adapter: how to open it against its double (a server that keeps state, knows
 * what it really paid, and misbehaves on demand), and what that double can be told to do.
 */
import type { Effect, Scope } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { Instant } from "refund-core/Ids"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import type { Capabilities, RefundProvider } from "refund-core/ports/RefundProvider"

/** What one submit meets, as the provider sees it: whether it pays, and what it answers. */
export const behaviours = {
  settles: "pays and says so",
  declines: "a definite no",
  pendingThenSettles: "accepted; pays when `later` says that it settles",
  pendingThenFails: "accepted; a definite no when `later` says that it fails",
  requiresAction: "waits for the customer; pays when `later` says that it settles",
  hangsUnpaid: "no answer, and nothing paid",
  hangsPaid: "pays, and does not answer",
  resetsUnpaid: "the request arrives, the connection is cut, nothing is paid",
  resetsPaid: "pays, and the connection is cut before the answer",
  breaksUnpaid: "500, nothing paid",
  breaksPaid: "pays, and answers 500",
  garblesUnpaid: "200 with a body that cannot be read, nothing paid",
  garblesPaid: "pays, and answers 200 with a body that cannot be read",
  unreachable: "the connection is refused: nothing is sent",
  busy: "429 with `Retry-After: 7`, nothing paid",
  keyInUse: "a call with the same key is still under way, the provider says (409); this one pays nothing",
  otherAmount: "pays another amount, or pays and answers with another amount",
  otherCurrency: "pays, and answers with another currency",
  otherRefund: "pays, and answers with somebody else's refund"
} as const
export type Behaviour = keyof typeof behaviours

/** The seconds that `busy` tells in its Retry-After. */
export const retryAfterSeconds = 7

/** What else a double may be able to do. */
export const abilities = {
  knowsCaptures: "declines a capture it has never heard of, and more than was captured",
  knowsAttempts: "remembers what was sent: looking up what never was finds nothing",
  reverses: "`later` can return what was settled",
  tells: "`news` has what it tells of its own accord: what came of a refund, later events"
} as const
export type Ability = Behaviour | keyof typeof abilities

/** All of it. A double that cannot do something leaves it out, and the cases that need it are not run. */
export const everything: ReadonlySet<Ability> = new Set(
  [behaviours, abilities].flatMap((each) => Object.keys(each) as ReadonlyArray<Ability>)
)

/** The double's controls, and its own books. */
export interface ProviderWorld {
  /** Money is taken; answers the provider's own name for the capture. Minor units. */
  readonly capture: (amount: bigint, currency: CurrencyCode) => Effect.Effect<string>
  /**
   * What the next submit meets, also where an SDK sends it again by itself; those after it are ordinary (`settles`)
   * again. Arming again replaces.
   */
  readonly arm: (behaviour: Behaviour) => Effect.Effect<void>
  /** What really left for a capture, oldest first, whatever was answered. What is pending has not left; reversals stay. */
  readonly payouts: (captureReference: string) => Effect.Effect<ReadonlyArray<bigint>>
  /** Makes the later thing happen to the newest refund of the capture. */
  readonly later: (captureReference: string, happening: "settles" | "fails" | "reverses") => Effect.Effect<void>
  /**
   * All the provider has told since this was last asked, as the adapter's webhook translates it; waits for what is on
   * its way. Empty where it tells nothing.
   */
  readonly news: Effect.Effect<ReadonlyArray<ProviderNews>>
  /** It is so late now: where the double (or the adapter) goes by a clock that a test can set. */
  readonly setTime?: (now: Instant) => Effect.Effect<void>
}

export interface ProviderHarness {
  readonly capabilities: Capabilities
  readonly can: ReadonlySet<Ability>
  /**
   * `now`: submit says settled or declined itself. `later`: it only ever says pending, and what became of it comes as
   * news (or by looking it up). Absent: `now`.
   */
  readonly answers?: "now" | "later"
  /** By which captures name it; absent `provider`. */
  readonly name?: string
  /** Currencies that the provider takes, best with 0, 2 and 3 digits; absent JPY, USD and KWD. */
  readonly currencies?: ReadonlyArray<string>
  /**
   * How long a call that hangs is waited for before it is given up; absent 500. Every other call is waited for much
   * longer, so that a busy machine is not taken for a provider's silence.
   */
  readonly patienceMilliseconds?: number
  /** Opened once for all cases, which keep apart by their captures. */
  readonly open: Effect.Effect<
    { readonly provider: RefundProvider["Service"]; readonly world: ProviderWorld },
    unknown,
    Scope.Scope
  >
}
