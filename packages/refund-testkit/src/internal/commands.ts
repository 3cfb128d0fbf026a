/** A history's moves, turned into commands against the ledger as it is by then. */
import type { Caller, Command } from "refund-core/Command"
import { CustomerId, type Instant, type OrderId } from "refund-core/Ids"
import {
  type Capture,
  type CaptureHead,
  captureRefundable,
  componentRefundable,
  type OrderHead,
  orderRefundable,
  type Registration
} from "refund-core/Order"
import type { Permission } from "refund-core/Permission"
import { goesToCredit, isUnderWay, payout, type Refund } from "refund-core/Refund"
import {
  addCaptures,
  caller,
  capture,
  charge,
  dispute,
  expire,
  external,
  hours,
  line,
  minutes,
  order,
  refundId,
  register,
  request,
  setPolicy,
  spend
} from "../build.ts"
import { closePeriod } from "../buildSettings.ts"
import { customerIds, type History, type Move, orderIds } from "../histories.ts"
import { type By, onRefund } from "./onRefunds.ts"

/** What a move is turned into a command against. */
export interface Sofar {
  readonly now: Instant
  /** How many commands there were. */
  readonly count: number
  readonly orders: ReadonlyMap<OrderId, { readonly head: OrderHead; readonly refunds: ReadonlyArray<Refund> }>
  readonly commands: ReadonlyArray<Command>
}

const orderIdOf = (index: number): string => orderIds[index] ?? orderIds[0]

/** The first commands of a history: its orders and its policy. */
export const opening = (history: History, tenant: string): ReadonlyArray<Command> => {
  const by = caller({ tenant, id: "shop" })
  return [
    ...history.registrations.map((registration, index) => register(registration, { caller: by, id: orderIdOf(index) })),
    ...(Object.keys(history.policy).length === 0 ? [] : [setPolicy({ native: history.policy }, { caller: by })])
  ]
}

const waits = [minutes(1), minutes(1), minutes(1), minutes(11), hours(1), hours(25), hours(25), hours(49)] as const

export const timeAfter = (now: Instant, move: Move): Instant => now + (waits[move.wait] ?? minutes(1))

/** Null where there is nothing yet to point at. */
export const commandOf = (move: Move, sofar: Sofar, tenant: string): Command | null => {
  const by = (id: string, permissions?: ReadonlyArray<Permission | "*">): Caller =>
    caller({ tenant, id, door: move.door, now: sofar.now, ...(permissions === undefined ? {} : { permissions }) })
  switch (move.kind) {
    case "request":
      return requested(move, sofar, asker(move, by))
    case "again":
      return again(move, sofar)
    case "register":
    case "captures":
    case "dispute":
      return aboutOrder(move, sofar, by("shop", move.who === 15 ? ["orders:read"] : ["*"]))
    case "spend":
      // Somebody has to be owed something first.
      return move.who < 10 && creditedBy(sofar).length === 0
        ? requested({ ...move, destination: "store_credit" }, sofar, asker(move, by))
        : spent(move, sofar, move.who === 15 ? by("eve", ["refunds:read"]) : by("shop"))
    case "expire":
      return expire({
        caller: by("worker", ["worker"]),
        ...accountOf(sofar.orders.get(orderIdOf(move.order) as OrderId)?.head)
      })
    case "external":
      return outside(move, sofar, by("worker", ["worker"]))
    case "policy": {
      const overRefund = move.who > 8 ? "order_open" : "capture_strict"
      const creditDays = ([1, 2, null] as const)[move.part % 3] ?? null
      return setPolicy({ [move.door]: { overRefund, creditDays } }, { caller: by("shop") })
    }
    case "close":
      return closePeriod(sofar.now - hours(move.target), { caller: by("shop") })
    default:
      return (
        onRefund(move, sofar, by) ??
        onRefund({ ...move, kind: "begin" }, sofar, by) ??
        requested(move, sofar, asker(move, by))
      )
  }
}

const asker = ({ who }: Move, by: By): Caller => {
  if (who === 15) return by("eve", ["refunds:read"])
  if (who === 14) return by("ada", ["refunds:request"])
  return who === 13 ? by("carla", ["refunds:request", "refunds:record", "disputes:override"]) : by("ada")
}

/** An earlier command once more: a server draws ids of its own for it, and the clock has gone on. */
const again = (move: Move, { commands, count, now }: Sofar): Command | null => {
  const requests = commands.filter((command) => command._tag === "RequestRefund")
  const from = requests.length > 0 && move.target < 5 ? requests : commands
  const command = from[(move.target * 7 + move.part) % Math.max(1, from.length)]
  if (command === undefined) return null
  const asked = { ...command.caller, now }
  if (command._tag !== "RequestRefund") return { ...command, caller: asked }
  const group = command.once.chosen ? command.ids.group : drawnId(count)
  return { ...command, caller: asked, ids: { group, seed: drawnSeed(count) } }
}

const drawnId = (count: number) => refundId(1_000 + count)
/** Far enough apart for the refunds of a group, whose ids are counted up from it. */
const drawnSeed = (count: number) => refundId(0x10_0000 + count * 0x100)

const requested = (move: Move, sofar: Sofar, asked: Caller): Command => {
  const id = orderIdOf(move.order)
  const head = sofar.orders.get(id as OrderId)?.head
  const named = namedCapture(move, head)
  const lineId = move.type === "default" && move.part < 2 ? lineAt(head, move.part) : undefined
  const isChosen = move.key === 7
  return request({
    caller: asked,
    order: id,
    amount: amountOf(move, head),
    type: move.type,
    destination: move.destination,
    settled: move.flag === "settled" || move.flag === "both",
    requiresApproval: move.flag === "requiresApproval" || move.flag === "both",
    skipEvents: move.flag === "skipEvents",
    id: isChosen ? refundId(1 + (move.target % 3)) : drawnId(sofar.count),
    seed: drawnSeed(sofar.count),
    chosen: isChosen,
    texts: { salt: `salt ${sofar.count}`, ...(move.target === 0 ? {} : { reason: "broken" }) },
    ...(named === undefined ? {} : move.capture % 5 === 3 ? { at: named } : { capture: named }),
    ...(lineId === undefined ? {} : { line: lineId }),
    ...(move.key === 1 || move.key === 2 ? { key: `k-${move.key}` } : {}),
    ...(move.outcome === 7 ? { restated: { tax: true, discounts: true } } : {})
  })
}

/** Now and then none, or one that is not there. */
const namedCapture = ({ capture: drawn }: Move, head: OrderHead | undefined): string | undefined => {
  if (drawn < 6) return undefined
  return drawn === 15 ? "c-9" : captureAt(drawn, head)?.id
}

const captureAt = (drawn: number, head: OrderHead | undefined): CaptureHead | undefined =>
  head?.captures[drawn % Math.max(1, head.captures.length)]

const lineAt = (head: OrderHead | undefined, index: number): string | undefined =>
  head?.components.filter((component) => component.id.startsWith("line:"))[index]?.id.slice("line:".length)

const amountOf = (move: Move, head: OrderHead | undefined): bigint | "all" | null => {
  const { amount } = move
  if (amount === null || amount === "all" || typeof amount === "bigint") return amount
  const capture = captureAt(move.capture, head)
  const part = head?.components[move.part]
  const figure = amount.startsWith("capture")
    ? capture && captureRefundable(capture)
    : amount.startsWith("order")
      ? head && orderRefundable(head)
      : part && componentRefundable(part)
  return (figure ?? 100n) + (amount.endsWith("-") ? -1n : amount.endsWith("+") ? 1n : 0n)
}

const aboutOrder = (move: Move, sofar: Sofar, by: Caller): Command => {
  const id = orderIdOf(move.order)
  const head = sofar.orders.get(id as OrderId)?.head
  const named = captureAt(move.capture, head)?.id ?? "c-1"
  if (move.kind === "dispute") {
    const state = (["open", "open", "lost", "won"] as const)[move.outcome % 4] ?? "open"
    const amount = ([40n, 100n, 1n] as const)[move.part % 3] ?? 40n
    return dispute(state, { caller: by, order: id, capture: named, id: `d-${move.target % 3}`, amount })
  }
  if (move.kind === "captures") {
    const isCaptured = move.part !== 0
    const more = capture(
      move.capture === 0 ? named : `c-${5 + move.order}`,
      50n,
      isCaptured ? {} : { capturedAt: null }
    )
    return addCaptures([more], { caller: by, order: id })
  }
  return register(head === undefined ? order() : registeredAgain(head, move), { caller: by, id })
}

/** As it was, or with one thing new: some of that is refused. */
const registeredAgain = (head: OrderHead, move: Move): Registration => {
  const captures = head.captures.map(
    ({ authorizedAmount, capturedAt, collected, id, provider, reference, tender }): Capture => ({
      ...{ id, authorizedAmount, capturedAt, provider, reference, tender },
      amount: collected
    })
  )
  const same: Registration = { currency: head.currency, captures }
  switch (move.part) {
    case 1:
      return { ...same, captures: captures.map((each) => ({ ...each, amount: each.amount + 1n })) }
    case 2:
      return { ...same, customerId: CustomerId.make("constructor") }
    case 3:
      return { ...same, lines: [line("1", 50n)] }
    case 4:
      return { ...same, shipping: charge(20n) }
    default:
      return same
  }
}

/** The account of the order's customer. */
const accountOf = (head: OrderHead | undefined): { readonly customer: string; readonly currency: string } => ({
  customer: head?.customerId ?? customerIds[0],
  currency: head?.currency ?? "USD"
})

/** Refunds that gave credit, and may still. */
const creditedBy = ({ orders }: Sofar): ReadonlyArray<Refund> =>
  [...orders.values()].flatMap(({ refunds }) =>
    refunds.filter((refund) => goesToCredit(refund) && refund.state === "settled" && payout(refund) > 0n)
  )

/** Mostly of what a refund has given, by the order's own customer; now and then under a name that a capture has. */
const spent = (move: Move, sofar: Sofar, by: Caller): Command => {
  const given = creditedBy(sofar).at(-1 - (move.target % 2))
  const isTheirs = ({ head }: { readonly head: OrderHead }) =>
    head.customerId === given?.customerId && head.currency === given?.currency
  const theirs = [...sofar.orders.values()].filter(isTheirs).at(-1 - move.order)?.head.id
  const order = theirs ?? orderIdOf(move.order)
  const { currency, customer } = accountOf(sofar.orders.get(order as OrderId)?.head)
  const isOdd = move.who > 10
  const amount = given === undefined || move.outcome > 8 ? (amountIn(move) ?? 25n) : payout(given)
  return spend(amount, {
    caller: by,
    order,
    customer: isOdd && move.part === 5 ? customerIds[1] : customer,
    currency: isOdd && move.part === 4 ? "USD" : currency,
    id: move.capture === 15 ? "c-1" : `k-${move.target}`
  })
}

/** Often of an amount that one of ours may have paid. */
const outside = (move: Move, sofar: Sofar, by: Caller): Command | null => {
  const order = orderIdOf(move.order)
  const head = sofar.orders.get(order as OrderId)?.head
  const capture = captureAt(move.capture, head)
  const open = [...sofar.orders.values()].flatMap(({ refunds }) => refunds.filter(isUnderWay)).at(-1)
  const like = move.outcome < 6 ? open : undefined
  const id = 0x5000 + move.target
  return external(like === undefined ? (amountIn(move) ?? 20n) : payout(like), {
    caller: by,
    order: like?.orderId ?? order,
    capture: move.capture === 15 ? "c-9" : (like?.captureId ?? capture?.id ?? "c-1"),
    currency: move.who > 10 && move.part === 4 ? "USD" : (head?.currency ?? "USD"),
    id: refundId(id),
    reference: `re_x${id}`,
    isNotOurs: move.who > 10,
    settledAt: sofar.now - minutes(move.wait)
  })
}

const amountIn = ({ amount }: Move): bigint | null => (typeof amount === "bigint" ? amount : null)
