/** Random histories over a store, beside the model: command by command, whether it is accepted and what the figures are then. */
import { AssertionError } from "node:assert"
import { isDeepStrictEqual } from "node:util"
import { Effect, Layer } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import type { Command } from "refund-core/Command"
import { OrderId, TenantId } from "refund-core/Ids"
import { orderRefundable } from "refund-core/Order"
import { LedgerReader, type OrderView } from "refund-core/ports/LedgerReader"
import type { LedgerStore, LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { ProviderCapabilities } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import { freshId, noon } from "./build.ts"
import { capabilitiesIn, customerIds, type History, histories, orderIds } from "./histories.ts"
import { commandOf, opening, timeAfter } from "./internal/commands.ts"
import { shorten } from "./internal/shorten.ts"
import { accountsOf, ask, emptyModel, figuresOf, type Model, registered } from "./model.ts"

export interface ModelOptions {
  /** How many histories. */
  readonly runs?: number
  /** At most this many commands in each. */
  readonly length?: number
  readonly seed?: string | number
  /** The token of a failure: runs that one history again. */
  readonly replay?: string
}

/** How often a command of each kind was accepted, and how often refused: that the histories say something. */
export type Agreed = Readonly<Record<string, number>>

/** Fails with the shortest history found on which the store and the model differ. */
export const assertModelAgrees = (
  options: ModelOptions = {}
): Effect.Effect<Agreed, never, LedgerStore | LedgerReader> =>
  Effect.gen(function* () {
    const { length = 24, replay, runs = 1_000, seed = 1 } = options
    const tally: Record<string, number> = {}
    const agrees = (history: History) => Effect.map(compare(history, tally), ({ differs }) => differs === null)
    const how = replay === undefined ? { runs, seed, size: 3 * length } : { replay }
    const result = yield* Arbitrary.checkEffect(histories(length), agrees, how)
    if (result._tag === "Passed") return tally
    if (result._tag !== "Falsified") return yield* Effect.die(Arbitrary.formatCheckFailure(result))
    const disagrees = (history: History) => Effect.map(compare(history, {}), ({ differs }) => differs !== null)
    const { commands, differs } = yield* compare(yield* shorten(result.shrunkInput, disagrees), {})
    const told = commands.map((command, index) => `  ${index + 1}. ${JSON.stringify(command, plain)}`)
    const again = `again with { replay: ${JSON.stringify(result.replay)} } and the same length`
    throw new AssertionError({ message: [differs, "after", ...told, again].join("\n") })
  })

const plain = (name: string, value: unknown): unknown =>
  typeof value === "bigint" ? `${value}n` : name === "permissions" ? [...(value as Set<string>)] : value

const ids = orderIds.map((id) => OrderId.make(id))

interface Compared {
  readonly commands: ReadonlyArray<Command>
  readonly differs: string | null
}

const compare = (
  history: History,
  tally: Record<string, number>
): Effect.Effect<Compared, never, LedgerStore | LedgerReader> => {
  const can = capabilitiesIn(history)
  return Effect.gen(function* () {
    const tenant = TenantId.make(`model ${freshId()}`)
    const model = emptyModel(can)
    const commands: Array<Command> = []
    let now = noon
    let orders: ReadonlyMap<OrderId, OrderView> = new Map()

    const follow = Effect.fnUntraced(function* (command: Command) {
      commands.push(command)
      const before = orders
      const isAccepted = yield* accepts(command)
      orders = yield* viewsOf(tenant)
      const name = `${command._tag} ${isAccepted ? "accepted" : "refused"}`
      tally[name] = (tally[name] ?? 0) + 1
      return (
        differs(model, command, isAccepted, before, orders) ?? accountsDiffer(model, command, yield* accounts(tenant))
      )
    })

    for (const command of opening(history, tenant)) {
      const found = yield* follow(command)
      if (found !== null) return { commands, differs: found }
    }
    for (const [count, move] of history.moves.entries()) {
      now = timeAfter(now, move)
      const command = commandOf(move, { now, count, commands, orders }, tenant)
      const found = command === null ? null : yield* follow(command)
      if (found !== null) return { commands, differs: found }
    }
    return { commands, differs: null }
  }).pipe(
    Effect.provide(Layer.provide(Refunds.layer, Layer.succeed(ProviderCapabilities, can)), { local: true }),
    // Whether they agree can't be told of a store that does not answer.
    Effect.orDie
  )
}

const accepts = (command: Command): Effect.Effect<boolean, LedgerUnavailable, Refunds> =>
  Refunds.use((refunds) => refunds.execute(command)).pipe(
    Effect.as(true),
    Effect.catchTag("Rejected", () => Effect.succeed(false))
  )

const viewsOf = (tenant: TenantId) =>
  Effect.gen(function* () {
    const reader = yield* LedgerReader
    const views = yield* Effect.forEach(ids, (order) => reader.order(tenant, { order }))
    return new Map(views.flatMap((view) => (view === null ? [] : [[view.head.id, view] as const])))
  })

const differs = (
  model: Model,
  command: Command,
  isAccepted: boolean,
  before: ReadonlyMap<OrderId, OrderView>,
  now: ReadonlyMap<OrderId, OrderView>
): string | null => {
  const says = ask(model, command)
  for (const [id, { registration }] of now) {
    if (registration !== before.get(id)?.registration) registered(model, id, registration)
  }
  if (says !== null && says !== isAccepted) {
    return `${command._tag} is ${isAccepted ? "accepted" : "refused"}, which the model does not`
  }
  for (const [id, view] of now) {
    const order = model.orders.get(id)
    const figures = order === undefined ? null : figuresOf(order)
    const kept = keptOf(view)
    if (isDeepStrictEqual(kept, figures)) continue
    return `${command._tag}: order ${id} is\n${JSON.stringify(kept, plain)}\nand in the model\n${JSON.stringify(figures, plain)}`
  }
  return null
}

/** Those that were ever owed anything, and still are. */
const accounts = (tenant: TenantId) =>
  Effect.gen(function* () {
    const reader = yield* LedgerReader
    const credits = yield* Effect.forEach(customerIds, (customer) => reader.credit(tenant, customer))
    return credits
      .flat()
      .flatMap(({ currency, customerId, lots }) => (lots.length === 0 ? [] : [{ currency, customerId, lots }]))
  })

const accountsDiffer = (model: Model, command: Command, kept: ReturnType<typeof accountsOf>): string | null => {
  const byName = (all: typeof kept) => JSON.stringify(all.map((each) => JSON.stringify(each, plain)).sort())
  const [is, says] = [byName(kept), byName(accountsOf(model))]
  return is === says ? null : `${command._tag}: store credit is\n${is}\nand in the model\n${says}`
}

/** What a store keeps of an order, as the model sums it up. */
const keptOf = ({ head, refunds }: OrderView): ReturnType<typeof figuresOf> => ({
  collected: head.collected,
  held: head.held,
  refunded: head.refunded,
  disputed: head.disputed,
  retained: head.retained,
  refundable: orderRefundable(head),
  captures: head.captures.map(({ disputed, held, id, refunded }) => ({ id, held, refunded, disputed })),
  components: head.components.map(({ held, id, refunded }) => ({ id, held, refunded })),
  refunds: refunds.map(({ amount, captureId, destination, id, state }) => ({
    id,
    state,
    amount,
    destination,
    capture: captureId
  }))
})
