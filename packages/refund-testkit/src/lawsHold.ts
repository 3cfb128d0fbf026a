/**
 * Runs random histories over a store and names the law that is broken, with the shortest history found that breaks it
 * and a token that runs it again.
 */
import { AssertionError } from "node:assert"
import { Effect, Layer } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import type { Command } from "refund-core/Command"
import { OrderId, TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerStore, LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { ProviderCapabilities } from "refund-core/ports/RefundProvider"
import { type Preview, Refunds } from "refund-core/Refunds"
import type { Requested } from "refund-core/request"
import { freshId, noon } from "./build.ts"
import { capabilitiesIn, type History, histories, orderIds } from "./histories.ts"
import { commandOf, opening, type Sofar, timeAfter } from "./internal/commands.ts"
import { shorten } from "./internal/shorten.ts"
import { type Snapshot, takeSnapshot } from "./internal/snapshot.ts"
import type { Intent, Outcome, Step } from "./internal/steps.ts"
import { type Broken, brokenAmong, brokenAtTheEnd, brokenBy, contentOf } from "./laws.ts"

export interface Options {
  /** How many histories. */
  readonly runs?: number
  /** At most this many commands in each. */
  readonly length?: number
  readonly seed?: string | number
  /** How many commands are asked for at the same time; 1 unless it is said. */
  readonly together?: number
  /** The token of a report: runs that one history again. */
  readonly replay?: string
}

/** How often each command was accepted, each violation told, and each state come to: that the histories say something. */
export type Tally = Readonly<Record<string, number>>

export type Report =
  | { readonly _tag: "held"; readonly runs: number; readonly tally: Tally }
  | {
      readonly _tag: "broken"
      /** The first is the message's. */
      readonly laws: readonly [Broken, ...ReadonlyArray<Broken>]
      readonly commands: ReadonlyArray<Command>
      readonly replay: string
      /** All of it, for a person. */
      readonly message: string
    }

type Ledger = LedgerStore | LedgerReader

/** What one history broke, if anything. The tenant must be one that the store has not seen. */
export const runHistory = (
  history: History,
  tenant: TenantId,
  options: { readonly together?: number; readonly tally?: Record<string, number> } = {}
): Effect.Effect<Ran, never, Ledger> =>
  run(history, tenant, options.together ?? 1, options.tally ?? {}).pipe(
    Effect.provide(Layer.provide(Refunds.layer, Layer.succeed(ProviderCapabilities, capabilitiesIn(history))), {
      local: true
    }),
    // Whether a law holds cannot be told of a store that does not answer.
    Effect.orDie
  )

export interface Ran {
  readonly commands: ReadonlyArray<Command>
  readonly broken: ReadonlyArray<Broken>
}

/** Over `runs` histories: which law is broken, if any. */
export const lawsHold = (options: Options = {}): Effect.Effect<Report, never, Ledger> =>
  Effect.gen(function* () {
    const { length = 24, replay, runs = 1_000, seed = 1, together = 1 } = options
    const tally: Record<string, number> = {}
    let once: Broken | undefined
    const check = (history: History) =>
      runHistory(history, newTenant(), { together, tally }).pipe(
        Effect.map(({ broken }) => {
          once = broken[0] ?? once
          return broken.length === 0
        })
      )
    const how = replay === undefined ? { runs, seed, size: 3 * length } : { replay }
    const result = yield* Arbitrary.checkEffect(histories(length), check, how)
    if (result._tag === "Passed") return { _tag: "held", runs: result.runs, tally }
    if (isMended(result)) return { _tag: "held", runs: 1, tally }
    if (result._tag !== "Falsified") return yield* Effect.die(Arbitrary.formatCheckFailure(result))
    const found = yield* runHistory(result.shrunkInput, newTenant(), { together })
    const breaksTheSame = (history: History) =>
      Effect.map(runHistory(history, newTenant(), { together }), ({ broken }) =>
        broken.some(({ law }) => law === found.broken[0]?.law)
      )
    const shortest = found.broken.length === 0 ? result.shrunkInput : yield* shorten(result.shrunkInput, breaksTheSame)
    const { broken, commands } = yield* runHistory(shortest, newTenant(), { together })
    const [first = unstable(once), ...rest] = broken
    const laws = [first, ...rest] as const
    return { _tag: "broken", laws, commands, replay: result.replay, message: describe(laws, commands, result.replay) }
  })

/** What a token replays holds now. */
export const isMended = (result: Arbitrary.CheckResult<unknown, unknown>): boolean =>
  result._tag === "ReplayMismatch" && (result.reason === "PropertyPassed" || result.reason === "ShrinkPassed")

/** For a test: fails with the report's message, else says how often what came of the commands. */
export const assertLawsHold = (options: Options = {}): Effect.Effect<Tally, never, Ledger> =>
  Effect.map(lawsHold(options), (report) => {
    if (report._tag === "broken") throw new AssertionError({ message: report.message })
    return report.tally
  })

const newTenant = (): TenantId => TenantId.make(`laws ${freshId()}`)

/** It depends on more than what was asked: on what was asked at the same time, or on what the store's database did. */
const unstable = (once: Broken | undefined): Broken => ({
  law: once?.law ?? "every command is answered",
  what: `${once?.what ?? "a law was broken"} (once: it held when the same history ran again)`
})

const describe = (laws: ReadonlyArray<Broken>, commands: ReadonlyArray<Command>, replay: string): string =>
  [
    ...laws.map(({ law, what }) => `Broken: ${law}\n  ${what}`),
    "by",
    ...commands.map((command, index) => `  ${index + 1}. ${brief(command)}`),
    `again with lawsHold({ replay: ${JSON.stringify(replay)} }) and the same length`
  ].join("\n")

const brief = ({ _tag, caller, ...asked }: Command): string =>
  `${_tag} by ${caller.by.id} (${caller.door}) ${JSON.stringify(asked, (_, value) =>
    typeof value === "bigint" ? `${value}n` : value
  )}`

// ── one history ──────────────────────────────────────────────────────────────────────────────────────────────────────

const ids = orderIds.map((id) => OrderId.make(id))

const run = (
  history: History,
  tenant: TenantId,
  together: number,
  tally: Record<string, number>
): Effect.Effect<Ran, LedgerUnavailable, Ledger | Refunds> =>
  Effect.gen(function* () {
    const commands: Array<Command> = []
    const intents = new Map<string, Intent>()
    let now = noon
    let last: Step | null = null
    let before = yield* takeSnapshot(tenant, ids)

    /** Asks for these at the same time and says what that broke. */
    const ask = Effect.fnUntraced(function* (asked: ReadonlyArray<Command>) {
      const alone = asked.length === 1
      const answers = yield* Effect.forEach(asked, (command) => answered(command, alone), { concurrency: "unbounded" })
      const after = yield* takeSnapshot(tenant, ids)
      const steps = answers.map((answer): Step => ({ before, after, intents, ...answer }))
      commands.push(...asked)
      for (const answer of answers) count(tally, answer)
      const broken = steps.flatMap(alone ? brokenBy : brokenAmong)
      for (const step of steps) remember(intents, step)
      last = steps.at(-1) ?? last
      before = after
      return broken
    })

    for (const command of opening(history, tenant)) {
      const broken = yield* ask([command])
      if (broken.length > 0) return { commands, broken }
    }
    const points = new Set(history.recomputed.map((part) => Math.floor((part * history.moves.length) / 10_000)))
    for (let from = 0; from < history.moves.length; from += together) {
      const moves = history.moves.slice(from, from + together)
      const asked = moves.flatMap((move, index) => {
        now = timeAfter(now, move)
        return commandOf(move, sofar(before, commands, now, from + index), tenant) ?? []
      })
      const broken = asked.length === 0 ? [] : [...(yield* ask(asked))]
      const isPoint = moves.some((_, index) => points.has(from + index))
      if (isPoint && last !== null) broken.push(...brokenAtTheEnd(last))
      if (broken.length > 0) return { commands, broken }
    }
    countStates(tally, before)
    const broken = last === null ? [] : [...brokenAtTheEnd(last), ...(yield* verified(tenant))]
    return { commands, broken }
  })

const sofar = (snapshot: Snapshot, commands: ReadonlyArray<Command>, now: number, count: number): Sofar => ({
  now,
  count,
  commands,
  orders: snapshot.orders
})

type Answered = Pick<Step, "command" | "preview" | "outcome">

const answered = (command: Command, previews: boolean): Effect.Effect<Answered, LedgerUnavailable, Refunds> =>
  Effect.gen(function* () {
    const refunds = yield* Refunds
    const preview: Preview | null =
      previews && command._tag === "RequestRefund"
        ? yield* refunds.preview(command).pipe(Effect.catchDefect(() => Effect.succeed(null)))
        : null
    const outcome = yield* refunds.execute(command).pipe(
      Effect.map((answer): Outcome => ({ _tag: "accepted", answer })),
      Effect.catchTag("Rejected", (rejected) => Effect.succeed<Outcome>({ _tag: "rejected", rejected })),
      Effect.catchDefect((defect) => Effect.succeed<Outcome>({ _tag: "died", defect }))
    )
    return { command, preview, outcome }
  })

const remember = (intents: Map<string, Intent>, { command, outcome }: Step): void => {
  if (command._tag !== "RequestRefund" || outcome._tag !== "accepted") return
  const { groupId, refunds, replayed } = outcome.answer as Requested
  if (replayed) return
  const content = contentOf(command)
  if (command.once.key !== undefined) intents.set(`key ${command.once.key}`, { groupId, content })
  for (const { id } of refunds) intents.set(`id ${id}`, { groupId, content })
  intents.set(`id ${groupId}`, { groupId, content })
}

const verified = (tenant: TenantId): Effect.Effect<ReadonlyArray<Broken>, LedgerUnavailable, LedgerReader> =>
  Effect.gen(function* () {
    const { ok, problem } = yield* (yield* LedgerReader).verify(tenant)
    if (ok) return []
    const what = `verify: ${problem?.chain} ${problem?.seq}: ${problem?.what}`
    return [{ law: "the journal gives the state", what }]
  })

const count = (tally: Record<string, number>, { command, outcome }: Answered): void => {
  const add = (name: string) => {
    tally[name] = (tally[name] ?? 0) + 1
  }
  if (outcome._tag === "rejected") for (const violation of outcome.rejected.violations) add(violation._tag)
  if (outcome._tag === "accepted") add(isReplay(command, outcome.answer) ? "replayed" : command._tag)
}

const isReplay = (command: Command, answer: unknown): boolean =>
  command._tag === "RequestRefund" && (answer as Requested).replayed

const countStates = (tally: Record<string, number>, { orders }: Snapshot): void => {
  for (const { refunds } of orders.values()) {
    for (const { state } of refunds) tally[state] = (tally[state] ?? 0) + 1
  }
}
