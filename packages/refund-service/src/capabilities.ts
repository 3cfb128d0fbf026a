/** What a provider can do at every account: rules do not know which of them it will be. */
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"

export const whatAllCan = (each: ReadonlyArray<Capabilities>): Capabilities => {
  const [first = assumed, ...more] = each
  return more.reduce(both, first)
}

const weakest: ReadonlyArray<Capabilities["lookup"]> = ["none", "reference", "key"]

const both = (a: Capabilities, b: Capabilities): Capabilities => ({
  partial: a.partial && b.partial,
  windowDays: a.windowDays === null ? b.windowDays : Math.min(a.windowDays, b.windowDays ?? a.windowDays),
  steps: Object.fromEntries(
    [...new Set([...Object.keys(a.steps), ...Object.keys(b.steps)])].map((currency) => [
      currency,
      multiple(a.steps[currency] ?? 1n, b.steps[currency] ?? 1n)
    ])
  ),
  lookup: weakest.find((way) => way === a.lookup || way === b.lookup) ?? "none",
  honoursKeyFor: Math.min(a.honoursKeyFor, b.honoursKeyFor),
  pendingDays: Math.max(a.pendingDays, b.pendingDays)
})

/** The least that is a multiple of both. */
const multiple = (a: bigint, b: bigint): bigint => (a / divisor(a, b)) * b
const divisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : divisor(b, a % b))
