/** What is counted of a process and of its ledger. No label has a name, an id or a text of a customer's. */
import { monitorEventLoopDelay } from "node:perf_hooks"
import type { OpenWork } from "refund-core/ports/Backlog"
import type { Watch } from "refund-core/ports/Watch"
import { Registry } from "./prometheus.ts"

const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const calls = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]
const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256]

export interface Metrics {
  readonly watch: Watch
  readonly names: ReadonlyArray<string>
  /** A request was answered: by which API, on which of its routes. */
  readonly answered: (door: string, method: string, route: string, status: number, seconds: number) => void
  /** Null: the ledger could not be asked. */
  readonly open: (work: OpenWork | null) => void
  /** Milliseconds since the loop of the worker that has not begun for longest began. */
  readonly silentFor: () => number
  /** Providers that are left alone now, by their names. */
  readonly paused: () => ReadonlyArray<string>
  readonly text: () => string
}

/** `providers`: those that this process calls. Any other name is somebody's text, and counts as `other`. */
export const makeMetrics = (providers: ReadonlyArray<string>, now: () => number = Date.now): Metrics => {
  const registry = new Registry()
  const known = new Set(providers)
  const nameOf = (provider: string | null): string =>
    provider === null ? "ledger" : known.has(provider) ? provider : "other"
  const paused = new Map<string, boolean>()

  const requests = registry.histogram(
    "refund_http_request_duration_seconds",
    "Time from a request's first line to the end of its answer.",
    fast,
    ["door", "method", "route", "status"]
  )
  const decisions = registry.counter("refund_decisions_total", "Commands decided; refusal is empty where accepted.", [
    "command",
    "refusal"
  ])
  const batches = registry.histogram("refund_commit_decisions", "Decisions made durable in one commit.", sizes)
  const commits = registry.histogram(
    "refund_commit_duration_seconds",
    "Time that a commit and its decisions took.",
    fast
  )
  const asked = registry.histogram(
    "refund_provider_call_duration_seconds",
    "Time that providers took to answer.",
    calls,
    ["provider", "what", "outcome"]
  )
  const pausedGauge = registry.gauge("refund_provider_paused", "1: the provider is left alone for a while.", [
    "provider"
  ])
  const sent = registry.histogram("refund_delivery_duration_seconds", "Time that receivers of events took.", calls, [
    "taken"
  ])
  const booksOk = registry.gauge(
    "refund_books_ok",
    "1: the last verification found every chain and every sum in order."
  )
  const booksAt = registry.gauge("refund_books_verified_timestamp_seconds", "When the books were verified last.")
  const open = openGauges(registry)
  const looked = registry.gauge("refund_worker_looked_timestamp_seconds", "When a loop of the worker last began.", [
    "loop"
  ])
  const lastLooks = new Map<string, number>()
  const measure = processGauges(registry)

  return {
    names: registry.names,
    answered: (door, method, route, status, seconds) =>
      requests.observe([door, method, route, String(status)], seconds),
    watch: {
      decided: (command, refusal) => decisions.add([command, refusal ?? ""]),
      committed: (count, milliseconds) => {
        batches.observe([], count)
        commits.observe([], milliseconds / 1000)
      },
      asked: ({ milliseconds, outcome, provider, what }) =>
        asked.observe([nameOf(provider), what, outcome], milliseconds / 1000),
      paused: (provider, isPaused) => {
        paused.set(nameOf(provider), isPaused)
        pausedGauge.set([nameOf(provider)], isPaused ? 1 : 0)
      },
      sent: (isTaken, milliseconds) => sent.observe([isTaken ? "yes" : "no"], milliseconds / 1000),
      looked: (loop) => {
        lastLooks.set(loop, now())
        looked.set([loop], now() / 1000)
      },
      verified: ({ ok }) => {
        booksOk.set([], ok ? 1 : 0)
        booksAt.set([], now() / 1000)
      }
    },
    open,
    silentFor: () => (lastLooks.size === 0 ? 0 : now() - Math.min(...lastLooks.values())),
    paused: () => [...paused].flatMap(([name, isPaused]) => (isPaused ? [name] : [])),
    text: () => {
      measure()
      return registry.text()
    }
  }
}

const openStates = ["pending_approval", "approved", "submitting", "pending", "requires_action", "unknown", "in_review"]

const openGauges = (registry: Registry) => {
  const readable = registry.gauge("refund_ledger_readable", "1: the ledger could be asked what is open.")
  const refunds = registry.gauge("refund_refunds_open", "Refunds that are neither settled nor over.", ["state"])
  const ages = registry.gauge(
    "refund_refunds_open_oldest_seconds",
    "How long the one that has been in this state for longest has been so.",
    ["state"]
  )
  const overdue = registry.gauge("refund_outbox_overdue", "Refunds that a worker should have taken by now.")
  const overdueAge = registry.gauge("refund_outbox_overdue_oldest_seconds", "How long the first of them has waited.")
  const deliveries = registry.gauge("refund_deliveries_open", "Events not taken by a receiver yet.", ["state"])
  const deliveriesAge = registry.gauge("refund_deliveries_overdue_seconds", "How late the first waiting event is.")
  const inbox = registry.gauge("refund_inbox_open", "What providers told and was not applied.", ["state"])
  const inboxAge = registry.gauge("refund_inbox_open_oldest_seconds", "How old the oldest of it is.", ["state"])

  return (work: OpenWork | null): void => {
    readable.set([], work === null ? 0 : 1)
    if (work === null) return
    const age = (oldest: number | null) => (oldest === null ? 0 : Math.max(0, (work.now - oldest) / 1000))
    for (const state of openStates) {
      const pile = work.refunds.find((each) => each.state === state)
      refunds.set([state], pile?.count ?? 0)
      ages.set([state], age(pile?.oldest ?? null))
    }
    overdue.set([], work.overdueRefunds.count)
    overdueAge.set([], age(work.overdueRefunds.oldest))
    for (const state of ["waiting", "dead"] as const)
      deliveries.set([state], work.deliveries.find((each) => each.state === state)?.count ?? 0)
    deliveriesAge.set([], age(work.deliveries.find(({ state }) => state === "waiting")?.oldest ?? null))
    for (const state of ["new", "parked"] as const) {
      const pile = work.inbox.find((each) => each.state === state)
      inbox.set([state], pile?.count ?? 0)
      inboxAge.set([state], age(pile?.oldest ?? null))
    }
  }
}

const processGauges = (registry: Registry) => {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const cpu = registry.counter("process_cpu_seconds_total", "Time of processors used.", ["mode"])
  const memory = registry.gauge("process_resident_memory_bytes", "Memory of the process.")
  const heap = registry.gauge("nodejs_heap_used_bytes", "Memory of live objects.")
  const started = registry.gauge("process_start_time_seconds", "When the process began.")
  const lag = registry.gauge("nodejs_eventloop_lag_seconds", "How late the event loop was since it was last asked.", [
    "quantile"
  ])
  started.set([], Math.round(Date.now() / 1000 - process.uptime()))
  return (): void => {
    const { system, user } = process.cpuUsage()
    cpu.reach(["user"], user / 1e6)
    cpu.reach(["system"], system / 1e6)
    const { heapUsed, rss } = process.memoryUsage()
    memory.set([], rss)
    heap.set([], heapUsed)
    for (const quantile of [50, 99] as const) lag.set([`0.${quantile}`], seconds(delay.percentile(quantile)))
    lag.set(["1"], seconds(delay.max))
    delay.reset()
  }
}

/** Of nanoseconds; none were seen yet where it is not a number. */
const seconds = (nanoseconds: number): number => (Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0)
