/**
 * A rule as a row: `given(register(order()), request({ amount: 60n })).when(request({ amount: 50n })).thenRejected(…)`.
 * Over the pure decisions, with exactly the facts that a store gives them.
 */
import { deepStrictEqual, fail } from "node:assert"
import type { Brand } from "effect"
import { apply } from "refund-core/apply"
import type { Command } from "refund-core/Command"
import { type AnswerOf, decide, scopeOf } from "refund-core/decide"
import type { Decided } from "refund-core/decision"
import type { Event } from "refund-core/Event"
import type { Instant } from "refund-core/Ids"
import { type OrderHead, orderRefundable } from "refund-core/Order"
import type { Decision } from "refund-core/ports/LedgerStore"
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"
import type { Refund } from "refund-core/Refund"
import { message, type Rejected, type Violation } from "refund-core/Violation"
import { accountsDiffer, liabilityDiffers } from "./internal/accounts.ts"
import { type Books, emptyBooks, load, type TenantBooks, tenantBooks, write } from "./internal/books.ts"
import { creditsDiffer } from "./internal/credits.ts"
import { eventsIn } from "./internal/entries.ts"
import { deductionsDiffer, figuresDiffer, isOver, type OrderView } from "./internal/figures.ts"

/** As a row writes it: ids and currencies are plain strings. */
type Plain<T> =
  T extends Brand.Brand<string>
    ? string
    : T extends bigint | number | string | boolean | null | undefined
      ? T
      : T extends ReadonlyArray<infer A>
        ? ReadonlyArray<Plain<A>>
        : { readonly [K in keyof T]: Plain<T[K]> }

/** The fields that a row is about; the others may be anything. */
type Some<T> =
  T extends Brand.Brand<string>
    ? string
    : T extends bigint | number | string | boolean | null | undefined
      ? T
      : T extends ReadonlyArray<infer A>
        ? ReadonlyArray<Some<A>>
        : { readonly [K in keyof T]?: Some<T[K]> }

type SomeEvent = Event extends infer E
  ? E extends Event
    ? { readonly _tag: E["_tag"] } & Some<Omit<E, "_tag">>
    : never
  : never

/** What the figures of the order are then, `refundable` among them. */
type SomeOrder = Some<OrderHead & { readonly refundable: bigint }>

type CapabilitiesOf = (provider: string) => Capabilities

export interface Given {
  /** What the providers of the row can do, where that is not what is assumed. */
  readonly with: (capabilitiesOf: CapabilitiesOf) => Given
  /** The command that the row is about. */
  readonly when: <C extends Command>(command: C) => Then<AnswerOf<C>>
}

export interface Then<A> {
  /** Accepted, with exactly these events in this order; of each, the fields that are named. */
  readonly thenHappened: (...events: ReadonlyArray<SomeEvent>) => Then<A>
  /** Rejected, with exactly these violations in this order, whole; and nothing changed. */
  readonly thenRejected: (...violations: ReadonlyArray<Plain<Violation>>) => Then<A>
  /** Accepted, and nothing had to happen: it was so already. */
  readonly thenNothing: () => Then<A>
  thenAnswered(answer: Some<A>): Then<A>
  /** The order's figures as they are now. */
  readonly thenOrder: (figures: SomeOrder) => Then<A>
  /** All refunds of the order as they are now, oldest first. */
  readonly thenRefunds: (...refunds: ReadonlyArray<Some<Refund>>) => Then<A>
  /** What is owed to the customer that the command is about, soonest to end first: of each lot, when and how much. */
  readonly thenCredit: (...lots: ReadonlyArray<readonly [expiresAt: Instant | null, left: bigint]>) => Then<A>
  /** What it breaks; none where it was accepted. */
  readonly violations: () => ReadonlyArray<Violation>
  /** For what a row cannot say. Fails where the command was rejected. */
  readonly decision: () => Decision<A>
}

/** Commands that were accepted one after the other. */
export const given = (...past: ReadonlyArray<Command>): Given => {
  const books = emptyBooks()
  for (const command of past) {
    const decided = run(books, command, () => assumed)
    if (decided._tag === "Failure") fail(`${command._tag} was given but is rejected: ${told(decided.failure)}`)
  }
  const asked = (of: CapabilitiesOf): Given => ({
    with: asked,
    when: (command) => then(books, command, run(books, command, of))
  })
  return asked(() => assumed)
}

const run = <C extends Command>(books: Books, command: C, of: CapabilitiesOf): Decided<AnswerOf<C>> => {
  const scope = scopeOf(command)
  const { facts } = load(books, scope)
  const decided = decide(command, facts, of)
  if (decided._tag === "Failure") return decided
  const { after, events, stamp } = decided.success
  deepStrictEqual(after, apply(facts, events, stamp), `${command._tag} must come to what its events give`)
  const before = ordersOf(books, command)
  write(books, scope, facts, decided.success)
  const broken = brokenIn(ordersOf(books, command), before) ?? brokenInBooks(tenantBooks(books, command.caller.tenant))
  if (broken !== null) fail(`${command._tag} breaks a law: ${broken}`)
  return decided
}

const ordersOf = (books: Books, command: Command): ReadonlyArray<OrderView> =>
  [...tenantBooks(books, command.caller.tenant).orders.values()].map(({ head, refunds }) => ({
    head,
    refunds: [...refunds.values()]
  }))

/** The laws that one state can be held to: every row is a test of them too. */
const brokenIn = (now: ReadonlyArray<OrderView>, before: ReadonlyArray<OrderView>): string | null => {
  const was = new Map(before.flatMap(({ refunds }) => refunds.map((refund) => [refund.id, refund])))
  for (const view of now) {
    const broken = isOver(view) ?? figuresDiffer(view) ?? deductionsDiffer(view, was)
    if (broken !== null) return broken
  }
  return null
}

/** And the books: each entry of credit has its refund or its capture, each posting its money. */
const brokenInBooks = (kept: TenantBooks): string | null => {
  const views = [...kept.orders.values()].map((order) => ({ ...order, refunds: [...order.refunds.values()] }))
  const accounts = [...kept.credits.values()]
  const credits = accounts.map(({ head }) => head)
  const journals = Map.groupBy(kept.log, ({ chain }) => chain)
  const moved = accounts.flatMap(({ entries }) => eventsIn(entries))
  for (const view of views) {
    const wrong = accountsDiffer(view, kept.orders.get(view.head.id)?.entries ?? [], moved)
    if (wrong !== null) return wrong
  }
  return creditsDiffer(views, credits, journals) ?? liabilityDiffers(credits, journals)
}

const told = (rejected: Rejected): string => rejected.violations.map(message).join("; ")

const then = <A>(books: Books, command: Command, decided: Decided<A>): Then<A> => {
  const decision = (): Decision<A> =>
    decided._tag === "Success" ? decided.success : fail(`${command._tag} is rejected: ${told(decided.failure)}`)
  const order = () => orderOf(books, command)
  const self: Then<A> = {
    decision,
    violations: () => (decided._tag === "Failure" ? decided.failure.violations : []),
    thenHappened: (...events) => {
      assertSome(decision().events, events)
      return self
    },
    thenRejected: (...violations) => {
      if (decided._tag === "Success") fail(`${command._tag} is accepted: ${tags(decided.success.events)}`)
      deepStrictEqual(decided.failure.violations, violations)
      return self
    },
    thenNothing: () => {
      deepStrictEqual(decision().events, [])
      return self
    },
    thenAnswered: (answer) => {
      assertSome(decision().answer, answer)
      return self
    },
    thenOrder: (figures) => {
      const { head } = order()
      assertSome({ ...head, refundable: orderRefundable(head) }, figures)
      return self
    },
    thenCredit: (...lots) => {
      const { credit } = load(books, scopeOf(command)).facts
      deepStrictEqual(
        credit?.lots.map(({ expiresAt, left }) => [expiresAt, left]),
        lots
      )
      return self
    },
    thenRefunds: (...refunds) => {
      assertSome([...order().refunds.values()], refunds)
      return self
    }
  }
  return self
}

const tags = (events: ReadonlyArray<Event>): string => events.map((event) => event._tag).join(", ") || "nothing happens"

/** The order that the command is about. */
const orderOf = (books: Books, command: Command) => {
  const { facts } = load(books, scopeOf(command))
  const kept = facts.order && books.tenants.get(command.caller.tenant)?.orders.get(facts.order.id)
  return kept ?? fail(`${command._tag} is about no order that is known`)
}

const assertSome = (actual: unknown, expected: unknown): void => deepStrictEqual(like(actual, expected), expected)

/** What `expected` names of `actual`, so that a difference is shown without the rest. */
const like = (actual: unknown, expected: unknown): unknown => {
  if (Array.isArray(actual) && Array.isArray(expected)) return actual.map((each, at) => like(each, expected[at]))
  if (!isRecord(actual) || !isRecord(expected)) return actual
  return Object.fromEntries(Object.keys(expected).map((key) => [key, like(actual[key], expected[key])]))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map)
