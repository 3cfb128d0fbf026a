/**
 * Who tries one credential after another. From each address so many may be refused at once, which come back evenly over the
 * window; beyond that none is looked up, not even a good one, so that guessing costs the ledger nothing. Of this process
 * alone, and off unless set.
 */
import { isIPv6 } from "node:net"
import { Context } from "effect"
import { type Allowance, allowanceOf, leftOf, type Rate } from "./allowances.ts"
import { makeKept } from "./RateLimits.ts"

export interface RefusedCredentials {
  /** Null: the next credential from there is looked up. */
  readonly barred: (address: string) => Allowance | null
  readonly refused: (address: string) => void
}

const unlimited: RefusedCredentials = { barred: () => null, refused: () => {} }

export const RefusedCredentials = Context.Reference<RefusedCredentials>("refund-service/RefusedCredentials", {
  defaultValue: () => unlimited
})

export const makeRefusedCredentials = (rate: Rate | null, now: () => number = Date.now): RefusedCredentials => {
  if (rate === null) return unlimited
  const kept = makeKept(rate.milliseconds, now)
  return {
    barred: (address) =>
      kept((buckets, at) => {
        const left = leftOf(buckets.get(networkOf(address)), rate, at)
        return left < 1 ? allowanceOf(left, rate, true) : null
      }),
    refused: (address) =>
      kept((buckets, at) => {
        const name = networkOf(address)
        buckets.set(name, { left: Math.max(0, leftOf(buckets.get(name), rate, at) - 1), at })
      })
  }
}

/** Whoever has an IPv6 address has all that begin like it: they count as one. */
const networkOf = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [head = "", tail] = address.split("%", 1)[0]!.split("::")
  const groups = (text: string) => (text === "" ? [] : text.split(":"))
  const before = groups(head)
  const missing = tail === undefined ? 0 : 8 - before.length - groups(tail).length
  const all = [...before, ...Array<string>(Math.max(0, missing)).fill("0"), ...groups(tail ?? "")]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")
}
