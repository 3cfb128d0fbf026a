/** One history against a server: each call, what it was answered, and the laws after each step. */
import { setTimeout as sleep } from "node:timers/promises"
import { asksOf, outsideRefund, type Payer, previewOf, registration, type Sofar, takenIn } from "./asks.ts"
import type { HttpHistory, Move, Pays } from "./histories.ts"
import {
  type Accounts,
  type Asked,
  type Intent,
  type Orders,
  type OutsideRefund,
  ofCapture,
  type RequestAsked,
  type SpendAsked,
  type Step,
  type Taken,
  type TakenCapture,
  type ToldRefund
} from "./steps.ts"
import {
  type Answer,
  accountsIn,
  type Call,
  codesOf,
  isAccepted,
  orderIn,
  refundsIn,
  send,
  type Who,
  type WireOrder,
  type WireRefund
} from "./wire.ts"

export interface Server {
  readonly url: string
  readonly people: readonly [Who, Who]
  readonly payers: Record<Pays, Payer>
  readonly late: { readonly arrives: () => Promise<void>; readonly within: number } | null
  readonly keepsCredit: boolean
  readonly outside: Outside | null
}

export interface Outside {
  readonly payer: (captureId: string) => Payer
  readonly tells: (refund: OutsideRefund) => Promise<void>
  readonly within: number
}

/** The laws of a step by name; those that are of no single step are told apart by `Broken`. */
export type Judge = (step: Step) => ReadonlyArray<Broken>

export interface Broken {
  readonly law: string
  readonly what: string
}

export interface Ran {
  readonly broken: ReadonlyArray<Broken>
  /** Each call with what was answered, one a line. */
  readonly calls: ReadonlyArray<string>
}

const stopped = Symbol()

export const runHistory = async (
  history: HttpHistory,
  server: Server,
  judge: Judge,
  tally: Record<string, number>
): Promise<Ran> => {
  const run = new Run(server, judge, tally)
  try {
    await run.open(history)
    for (const move of history.moves) await run.move(move, history.counts)
    await run.close(history)
  } catch (cause) {
    if (cause !== stopped) throw cause
  }
  return { broken: run.broken, calls: run.calls }
}

class Run {
  readonly broken: Array<Broken> = []
  readonly calls: Array<string> = []
  readonly #taken = new Map<string, Taken>()
  readonly #refunds = new Map<string, ToldRefund>()
  readonly #intents = new Map<string, Intent>()
  readonly #requests: Sofar["requests"] = []
  readonly #spends = new Map<string, SpendAsked>()
  readonly #outside: Array<OutsideRefund> = []
  readonly #server: Server
  readonly #judge: Judge
  readonly #tally: Record<string, number>
  #orders: Orders = new Map()
  #credit: Accounts = new Map()
  #isCounted = false

  constructor(server: Server, judge: Judge, tally: Record<string, number>) {
    this.#server = server
    this.#judge = judge
    this.#tally = tally
  }

  async open(history: HttpHistory): Promise<void> {
    const { keepsCredit, outside, payers, people } = this.#server
    const payerOf = ({ id, pays }: TakenCapture): Payer => {
      if (pays === "credit") throw new Error(`${id} is not registered: it is spent`)
      if (pays !== "outside") return payers[pays]
      if (outside === null) throw new Error("no provider tells of its own refunds")
      return outside.payer(id)
    }
    for (const [id, taken] of takenIn(history, keepsCredit)) {
      const answer = await this.#call(registration(people[0], id, taken, payerOf))
      if (!isAccepted(answer)) this.#stop("every call is answered", `order ${id} cannot be registered: ${answer.text}`)
      this.#taken.set(id, taken)
    }
    await this.#judged([])
  }

  async move(move: Move, counts: boolean): Promise<void> {
    const sofar = this.#sofar
    const outside = move.kind === "tell" ? outsideRefund(move, sofar) : null
    if (outside !== null && this.#server.outside !== null) {
      return this.#tell(outside, this.#server.outside, move.target % 2 === 0)
    }
    const asks = asksOf(move, sofar)
    const [one] = asks
    const foretold =
      one?.what._tag === "request" && asks.length === 1 && move.isPreviewed ? await this.#preview(previewOf(one)) : null
    const asked = await Promise.all(
      asks.map(async ({ call, what }): Promise<Asked> => {
        const answer = await this.#call(call)
        return { answer, what: what._tag === "request" ? { ...what, foretold } : what }
      })
    )
    await this.#answered(asked)
    for (const { call, what } of asks) if (what._tag === "request") this.#requests.push({ call, what })
    const [first] = asked
    if (counts && first !== undefined && asked.every(({ answer }) => !isAccepted(answer))) await this.#countTwice(first)
  }

  async close(history: HttpHistory): Promise<void> {
    await this.#waitForLate(history)
    for (const order of this.#orders.values()) for (const { state } of order.refunds) this.#count(state)
    if (!history.counts) return
    const journal = await this.#verify()
    if (journal?.ok === false) this.#stop("the journal is whole", `its own check says ${journal.text}`)
  }

  get #told(): Step["told"] {
    const [taken, refunds, intents] = [this.#taken, this.#refunds, this.#intents]
    return { taken, refunds, intents, spends: this.#spends, outside: this.#outside }
  }

  get #sofar(): Sofar {
    const { people } = this.#server
    const spendable = (currency: string) => this.#credit.get(currency)?.spendable ?? 0
    return { told: this.#told, before: this.#orders, people, requests: this.#requests, spendable }
  }

  async #call(call: Call): Promise<Answer> {
    const answer = await send(this.#server.url, call)
    const [code] = codesOf(answer)
    const named = call.method === "PUT" ? "registered" : call.path.replace(/^.*\//, "")
    this.#count(code ?? (answer.replayed ? "replayed" : named))
    const sent = [call.idempotencyKey === undefined ? "" : `(key ${call.idempotencyKey})`, JSON.stringify(call.body)]
    const came = code ?? (refundsIn(answer) ?? []).map(({ amount, id, state }) => `${id} ${amount} ${state}`).join(", ")
    this.calls.push(`${call.who.name}: ${call.method} ${call.path} ${sent.join(" ")} → ${answer.status} ${came}`)
    return answer
  }

  async #answered(asked: ReadonlyArray<Asked>): Promise<void> {
    for (const each of asked) this.#spent(each)
    await this.#judged(asked)
    for (const each of asked) this.#remember(each)
  }

  async #judged(asked: ReadonlyArray<Asked>, told: ReadonlyArray<OutsideRefund> = []): Promise<void> {
    const { keepsCredit, outside } = this.#server
    const [before, owed] = [this.#orders, this.#credit]
    this.#orders = await this.#look()
    this.#credit = await this.#lookAtCredit()
    const credit = keepsCredit ? { before: owed, after: this.#credit } : null
    const tells = outside === null ? null : told
    const broken = this.#judge({ told: this.#told, before, after: this.#orders, credit, tells, asked })
    this.broken.push(...broken)
    if (broken.length > 0) throw stopped
  }

  async #look(): Promise<Orders> {
    const [who] = this.#server.people
    const shown = await Promise.all(
      [...this.#taken.keys()].map(async (id): Promise<readonly [string, WireOrder]> => {
        const answer = await send(this.#server.url, { who, method: "GET", path: `/v1/orders/${id}` })
        const order = orderIn(answer)
        if (order !== null) return [id, order]
        return this.#stop("every call is answered", `order ${id} is shown as ${answer.status} ${answer.text}`)
      })
    )
    return new Map(shown)
  }

  /** One customer's, in each currency. */
  async #lookAtCredit(): Promise<Accounts> {
    const [who] = this.#server.people
    const customerId = [...this.#taken.values()].find((taken) => taken.customerId !== null)?.customerId
    if (customerId === undefined) return new Map()
    const answer = await send(this.#server.url, { who, method: "GET", path: `/v1/customers/${customerId}/credit` })
    const accounts = accountsIn(answer)
    if (accounts !== null) return new Map(accounts.map((account) => [account.currency, account]))
    return this.#stop("every call is answered", `the customer's credit is shown as ${answer.status} ${answer.text}`)
  }

  /** By a provider: once, or twice the same. Nothing that it was asked for may be open, for which it could be taken. */
  async #tell(refund: OutsideRefund, { tells, within }: Outside, isTwice: boolean): Promise<void> {
    const { amount, captureId, currency, id, orderId } = refund
    const isQuiet = () => this.#orders.get(orderId)?.refunds.every(({ state }) => !isOpen.has(state)) ?? true
    await this.#while(within, () => !isQuiet())
    this.#outside.push(refund)
    for (const times of isTwice ? ["", " again"] : [""]) {
      this.calls.push(`the provider of ${captureId} tells${times}: ${id} gave back ${amount} ${currency}`)
      await tells(refund)
    }
    this.#count("told from outside", isTwice ? 2 : 1)
    const shown = async () => (await this.#look()).get(orderId)?.refunds.length ?? 0
    const before = this.#orders.get(orderId)?.refunds.length ?? 0
    const isInTime = patience(within)
    while ((await shown()) === before && isInTime()) await sleep(5)
    await this.#judged([], [refund])
  }

  /** Before it is judged: what was spent is collected by now. */
  #spent({ answer, what }: Asked): void {
    if (what._tag !== "spend" || !isAccepted(answer) || this.#spends.has(what.id)) return
    const { amount, id, orderId } = what
    this.#spends.set(id, what)
    const taken = this.#taken.get(orderId)
    if (taken !== undefined) {
      this.#taken.set(orderId, { ...taken, captures: [...taken.captures, { id, amount, pays: "credit" }] })
    }
  }

  async #preview(call: Call): Promise<boolean> {
    const { json, status, text } = await this.#call(call)
    const accepted = (json as { readonly accepted?: unknown } | undefined)?.accepted
    if (typeof accepted === "boolean") return accepted
    return this.#stop("every call is answered", `a preview is ${status} ${text}`)
  }

  #remember({ answer, what }: Asked): void {
    if (what._tag !== "request" || !isAccepted(answer) || answer.replayed) return
    const refunds = refundsIn(answer) ?? []
    for (const refund of refunds) this.#refunds.set(refund.id, toldOf(refund, what, answer))
    const [first] = refunds
    if (first !== undefined) this.#intents.set(what.name, { content: what.content, groupId: first.groupId })
  }

  /** Others may write to the same journal meanwhile, a worker that is busy: it is asked while the journal stands still. */
  async #countTwice({ answer: { call }, what }: Asked): Promise<void> {
    if (this.#isCounted) return
    this.#isCounted = true
    for (let tries = 0, grown = 0; grown < 5; tries++) {
      const earlier = await this.#verify()
      await sleep(10 + tries * 10)
      const before = await this.#verify()
      if (before === null) return
      if (earlier?.entries !== before.entries && tries < 100) continue
      const answer = await this.#call(call)
      // What stood in its way ended meanwhile: then it is a request like any other.
      if (isAccepted(answer)) return this.#answered([{ answer, what }])
      const after = await this.#verify()
      if (after?.entries === before.entries) return this.#count("journal counted")
      grown++
    }
    this.#stop("a rejection changes nothing", `each ${call.method} ${call.path} that is rejected adds to the journal`)
  }

  /** Null where the first may not read it. */
  async #verify(): Promise<{ readonly ok: boolean; readonly entries: number; readonly text: string } | null> {
    const [who] = this.#server.people
    const { json, status, text } = await send(this.#server.url, { who, method: "GET", path: "/v1/journal/verify" })
    const { entries, ok } = (json ?? {}) as { readonly entries?: unknown; readonly ok?: unknown }
    return status === 200 && typeof entries === "number" && typeof ok === "boolean" ? { ok, entries, text } : null
  }

  /** What a provider says at last is believed, however late it is. */
  async #waitForLate(history: HttpHistory): Promise<void> {
    const { late } = this.#server
    const isLate = history.orders.some(({ captures }) => captures.some(({ pays }) => pays === "late"))
    if (late === null || !isLate || this.#lateRefunds().length === 0) return
    await this.#until(late.within, ({ state }) => state !== "approved" && state !== "submitting")
    const sent = new Set(this.#lateRefunds().map(({ id }) => id))
    await late.arrives()
    await this.#until(late.within, ({ id, state }) => !sent.has(id) || isBelieved.has(state))
    const ignored = this.#lateRefunds().find(({ id, state }) => sent.has(id) && !isBelieved.has(state))
    if (ignored === undefined) return this.#count("late successes", sent.size)
    const { amount, id, state } = ignored
    this.#stop("a late success counts", `refund ${id} of ${amount} was paid in the end, and is ${state}`)
  }

  /** Sent to the provider that says yes late: neither waiting for a person nor ended by one. */
  #lateRefunds(): ReadonlyArray<WireRefund> {
    return [...this.#orders].flatMap(([id, order]) => {
      const late = (this.#taken.get(id)?.captures ?? []).filter(({ pays }) => pays === "late")
      return late.flatMap((capture) => ofCapture(order, capture.id)).filter(({ state }) => !byPeople.has(state))
    })
  }

  #until(within: number, holds: (refund: WireRefund) => boolean): Promise<void> {
    return this.#while(within, () => !this.#lateRefunds().every(holds))
  }

  async #while(within: number, isSo: () => boolean): Promise<void> {
    const isInTime = patience(within)
    while (isSo() && isInTime()) {
      await sleep(5)
      await this.#judged([])
    }
  }

  #count(name: string, times = 1): void {
    this.#tally[name] = (this.#tally[name] ?? 0) + times
  }

  #stop(law: string, what: string): never {
    this.broken.push({ law, what })
    throw stopped
  }
}

/** So many milliseconds, and not less than so many looks: while this machine stood still nobody looked. */
const patience = (milliseconds: number): (() => boolean) => {
  const end = performance.now() + milliseconds
  let looks = 0
  return () => ++looks <= 10 || performance.now() < end
}

const isOpen = new Set(["approved", "submitting", "unknown"])
const byPeople = new Set(["pending_approval", "denied", "canceled"])
const isBelieved = new Set(["settled", "in_review", "reversed"])

const toldOf = (refund: WireRefund, { orderId }: RequestAsked, { call }: Answer): ToldRefund => ({
  id: refund.id,
  groupId: refund.groupId,
  orderId,
  captureId: refund.captureId,
  amount: refund.amount,
  requestedBy: call.who.name
})
