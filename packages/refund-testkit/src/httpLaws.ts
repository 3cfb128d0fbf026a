/**
 * The laws against a server that is known by its answers only: any that speaks the native API, in any language. Random
 * histories are asked for by two people; what was answered is remembered, and summed up again by this package's own
 * arithmetic.
 */
import { AssertionError } from "node:assert"
import { Effect } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { hasItsDigits, isExact } from "./internal/http/amounts.ts"
import type { Payer } from "./internal/http/asks.ts"
import * as creditLaws from "./internal/http/creditLaws.ts"
import { type HttpHistory, httpHistories, type Pays } from "./internal/http/histories.ts"
import * as laws from "./internal/http/laws.ts"
import { countsOnce } from "./internal/http/outsideLaws.ts"
import { type Ran, runHistory, type Server } from "./internal/http/run.ts"
import type { OutsideRefund, Step } from "./internal/http/steps.ts"
import { isMended, type Tally } from "./lawsHold.ts"

/** The first that is broken names the report: those that explain others stand before them. */
const ofSteps = {
  "every call is answered": laws.isAnswered,
  "a currency has its own digits": hasItsDigits,
  "amounts are exact": isExact,
  "who asks does not approve": laws.takesTwo,
  "a replay is the same refund": laws.replaysTheSame,
  "what was answered is there": laws.isThere,
  "refunds from outside count once": countsOnce,
  "a spend is one payment": creditLaws.isSpentOnce,
  "credit is never below zero": creditLaws.isNeverNegative,
  "credit is given less spent": creditLaws.isGivenLessSpent,
  "lots are the credit": creditLaws.hasItsLots,
  "collected is unchanged by refunds": laws.keepsCollected,
  "nothing goes over a cap": laws.staysUnderCaps,
  "a rejection changes nothing": laws.rejectsWithoutTrace,
  "what ends without paying holds nothing": laws.releasesHolds,
  "figures are the sums of the refunds": laws.figuresAreSums,
  "what is left can be refunded": laws.givesWhatIsLeft,
  "credit that is there can be spent": creditLaws.canBeSpent,
  "a preview tells the decision": laws.previewsTruly,
  "what is decided stays": laws.staysDecided
} satisfies Record<string, laws.HttpLaw>

export type { OutsideRefund }

export type HttpLawName = keyof typeof ofSteps | "a late success counts" | "the journal is whole"

export interface HttpBroken {
  readonly law: HttpLawName
  readonly what: string
}

export interface HttpOptions {
  /** Where the native API is mounted, e.g. `http://127.0.0.1:3000`. Its tenant has the default policy. */
  readonly url: string
  /** Of two principals, each of whom may write orders, request, approve and record refunds, and read reports. */
  readonly keys: readonly [first: string, second: string]
  /** How many histories. */
  readonly runs?: number
  /** At most this many steps in each. */
  readonly length?: number
  readonly seed?: string | number
  /** The token of a report: runs that one history again. */
  readonly replay?: string
  /**
   * What to write into a capture so that it is paid back by a person, by a provider at once, never, or late. The
   * defaults are the reference server's simulator.
   */
  readonly payers?: Partial<Record<Pays, Payer>>
  /** Without it the law of late success is not checked. */
  readonly late?: {
    /** Lets the provider say yes to all that it was asked for on captures that are paid late. */
    readonly arrives: () => Promise<void>
    /** How many milliseconds the server may take to believe it; 5,000 unless it is said. */
    readonly within?: number
  }
  /**
   * The server keeps store credit: orders have a customer, refunds may go to their credit, and it is spent. Without it
   * the laws of credit are not checked.
   */
  readonly credit?: boolean
  /** Without it the law of refunds from outside is not checked. */
  readonly outside?: {
    /** What to write into a capture whose provider pays at once, and at whose desk others give money back too. */
    readonly payer: (captureId: string) => Payer
    /** Lets that provider tell of such a refund (a signed webhook, an emulator). Told of it twice, it is one. */
    readonly tells: (refund: OutsideRefund) => Promise<void>
    /** How many milliseconds the server may take to count it; 5,000 unless it is said. */
    readonly within?: number
  }
}

export type HttpReport =
  | { readonly _tag: "held"; readonly runs: number; readonly tally: Tally }
  | {
      readonly _tag: "broken"
      /** The first is the message's. */
      readonly laws: readonly [HttpBroken, ...ReadonlyArray<HttpBroken>]
      /** Each call with what was answered. */
      readonly calls: ReadonlyArray<string>
      readonly replay: string
      /** All of it, for a person. */
      readonly message: string
    }

const payers: Record<Pays, Payer> = {
  byHand: { provider: "manual" },
  atOnce: { provider: "simulator", reference: "ch_1" },
  never: { provider: "simulator", reference: "sim_decline" },
  late: { provider: "simulator", reference: "sim_pending" }
}

const judge = (step: Step): ReadonlyArray<HttpBroken> =>
  Object.entries(ofSteps).flatMap(([law, holds]) => {
    const what = holds(step)
    return what === null ? [] : [{ law: law as HttpLawName, what }]
  })

/** Over `runs` histories: which law is broken, if any, by the shortest history that was found. */
export const httpLawsHold = (options: HttpOptions): Effect.Effect<HttpReport> =>
  Effect.gen(function* () {
    const { length = 16, replay, runs = 200, seed = 1 } = options
    const server = serverOf(options)
    const tally: Record<string, number> = {}
    // What broke a law in a race may hold when it runs again: the last history that broke it is the report's. A shorter
    // one that breaks another law is not shorter for the same reason.
    let found: Ran | null = null as Ran | null
    const check = (history: HttpHistory) =>
      Effect.promise(async () => {
        const ran = await runHistory(history, server, judge, tally)
        const isSame = found === null || ran.broken[0]?.law === found.broken[0]?.law
        if (ran.broken.length > 0 && isSame) found = ran
        return ran.broken.length === 0 || !isSame
      })
    const how = replay === undefined ? { runs, seed, size: 3 * length } : { replay }
    const features = { credit: server.keepsCredit, outside: server.outside !== null }
    const result = yield* Arbitrary.checkEffect(httpHistories(length, features), check, { ...how, maxShrinks: 200 })
    if (result._tag === "Passed") return { _tag: "held", runs: result.runs, tally }
    if (isMended(result)) return { _tag: "held", runs: 1, tally }
    if (result._tag !== "Falsified") return yield* Effect.die(Arbitrary.formatCheckFailure(result))
    return broken(found ?? { broken: [], calls: [] }, result.replay)
  })

/** For a test: fails with the report's message, else says how often what was answered. */
export const assertHttpLawsHold = (options: HttpOptions): Effect.Effect<Tally> =>
  Effect.map(httpLawsHold(options), (report) => {
    if (report._tag === "broken") throw new AssertionError({ message: report.message })
    return report.tally
  })

const serverOf = ({ credit = false, keys, late, outside, payers: others, url }: HttpOptions): Server => ({
  url,
  people: [
    { name: "first", key: keys[0] },
    { name: "second", key: keys[1] }
  ],
  payers: { ...payers, ...others },
  late: late === undefined ? null : { arrives: late.arrives, within: late.within ?? 5_000 },
  keepsCredit: credit,
  outside: outside === undefined ? null : { ...outside, within: outside.within ?? 5_000 }
})

const broken = ({ broken: all, calls }: Ran, replay: string): HttpReport => {
  const [first, ...rest] = all as ReadonlyArray<HttpBroken>
  if (first === undefined) throw new Error("a history was falsified without a broken law")
  const message = [
    ...all.map(({ law, what }) => `Broken: ${law}\n  ${what}`),
    "by",
    ...calls.map((call, index) => `  ${index + 1}. ${call}`),
    `again with httpLawsHold({ replay: ${JSON.stringify(replay)} }) and the same length`
  ].join("\n")
  return { _tag: "broken", laws: [first, ...rest], calls, replay, message }
}
