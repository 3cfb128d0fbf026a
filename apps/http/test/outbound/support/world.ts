/** The contract's world for a vendor: a ledger behind the vendor's door, what it really paid, and a line that loses things. */
import { Effect } from "effect"
import type { Attempt, RefundProvider } from "refund-core/ports/RefundProvider"
import type { Behaviour, ProviderHarness, ProviderWorld } from "refund-testkit/ProviderHarness"
import { retryAfterSeconds } from "refund-testkit/ProviderHarness"
import { type Line, type Mishap, openLine } from "./line.ts"
import { open, type Serving, type Taken } from "./serving.ts"
import { canOf, type Vendor } from "./vendors.ts"

export const harness = (vendor: Vendor): ProviderHarness => ({
  capabilities: vendor.make({ baseUrl: "http://127.0.0.1", timeoutMilliseconds: 1 }).capabilities,
  can: canOf(vendor),
  answers: vendor.answersLater ? "later" : "now",
  name: "vendor",
  patienceMilliseconds: 500,
  open: Effect.gen(function* () {
    const serving = yield* open
    const { line, takings } = yield* lineTo(serving, vendor)
    const { provider } = vendor.make({ baseUrl: line.url(), timeoutMilliseconds: 30_000 })
    return worldOf(vendor, serving, line, takings, provider)
  })
})

/** The capture by each of the names that a path may have for it. */
type Takings = Map<string, Taken>

export const lineTo = (serving: Serving, { asksAgain = false, ignoresKey = false, keeps }: Vendor) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const takings: Takings = new Map()
      const quiet = async (path: string) => {
        const taken = takings.get(/\/(\d+)\/refunds?$/i.exec(path)?.[1] ?? "")
        return taken === undefined ? undefined : serving.quiet(taken.order)
      }
      return {
        takings,
        line: await openLine({ to: serving.url, quiet, asksAgain, ignoresKey, ...(keeps && { keeps: keeps() }) })
      }
    }),
    ({ line }) => Effect.promise(() => line.close())
  )

const worldOf = (
  vendor: Vendor,
  serving: Serving,
  line: Line,
  takings: Takings,
  calling: RefundProvider["Service"]
): { readonly provider: RefundProvider["Service"]; readonly world: ProviderWorld } => {
  let isUnreachable = false
  let refuses = false
  const takenAs = (reference: string): Taken => {
    const taken = takings.get(reference)
    if (taken === undefined) throw new Error(`nobody took ${reference}`)
    return taken
  }

  /** Around the one call that is armed so: nobody listens, or a chargeback stands in the way. */
  const submit = (attempt: Attempt) =>
    Effect.suspend(() => {
      const call = calling.submit(attempt)
      if (isUnreachable) {
        isUnreachable = false
        return Effect.promise(() => line.close()).pipe(
          Effect.andThen(call),
          Effect.tap(() => Effect.promise(() => line.listen()))
        )
      }
      if (!refuses) return call
      refuses = false
      const taken = takenAs(attempt.captureReference ?? "")
      return Effect.promise(() => serving.dispute(taken, "open")).pipe(
        Effect.andThen(call),
        Effect.tap(() => Effect.promise(() => serving.dispute(taken, "won")))
      )
    })

  return {
    provider: { submit, lookup: calling.lookup },
    world: {
      capture: (amount, currency) =>
        Effect.promise(async () => {
          const taken = await serving.take(amount, currency)
          const reference = vendor.referenceOf(taken)
          for (const name of [reference, taken.order, taken.capture]) takings.set(name, taken)
          return reference
        }),
      arm: (behaviour) =>
        Effect.suspend(() => {
          isUnreachable = behaviour === "unreachable"
          // What fails after it was recorded is told by none of Geins' answers; what is refused is.
          refuses = behaviour === "declines" && vendor.name.startsWith("Geins")
          line.meets(mishapOf(vendor, behaviour))
          return serving.double.world.arm(refuses ? "settles" : paidAs(vendor, behaviour))
        }),
      payouts: (reference) =>
        Effect.promise(async () => {
          const taken = takings.get(reference)
          if (taken === undefined) return []
          await serving.quiet(taken.order)
          return Effect.runPromise(serving.double.world.payouts(taken.reference))
        }),
      later: (reference, happening) =>
        Effect.promise(async () => {
          const { order, reference: paidFrom } = takenAs(reference)
          if (happening === "fails" && needsApproval(vendor)) return serving.deny(order)
          await serving.quiet(order)
          await Effect.runPromise(serving.double.world.later(paidFrom, happening))
          return serving.hear(order)
        }),
      news: Effect.succeed([])
    }
  }
}

/** A refund that was denied is the only one that Geins' answers tell to have failed. */
const needsApproval = ({ name }: Vendor): boolean => name.startsWith("Geins")

/** What the provider that the serving ledger pays through does. */
const paidAs = (vendor: Vendor, behaviour: Behaviour): Behaviour => {
  switch (behaviour) {
    case "declines":
    case "pendingThenSettles":
      return behaviour
    case "pendingThenFails":
      return needsApproval(vendor) ? "settles" : behaviour
    default:
      return "settles"
  }
}

const mishapOf = (vendor: Vendor, behaviour: Behaviour): Mishap => {
  switch (behaviour) {
    case "hangsPaid":
    case "hangsUnpaid":
      return { arrives: behaviour === "hangsPaid", ends: "silence" }
    case "resetsPaid":
    case "resetsUnpaid":
      return { arrives: behaviour === "resetsPaid", ends: "cut" }
    case "breaksPaid":
    case "breaksUnpaid":
      return { arrives: behaviour === "breaksPaid", ends: { status: 500, body: '{"message":"Internal Server Error"}' } }
    case "garblesPaid":
    case "garblesUnpaid":
      return { arrives: behaviour === "garblesPaid", ends: { status: 200, body: "<html>Welcome" } }
    case "busy":
      return {
        arrives: false,
        ends: { status: 429, headers: { "retry-after": String(retryAfterSeconds) }, body: '{"message":"later"}' }
      }
    case "keyInUse":
      return { arrives: false, ends: vendor.keyInUse }
    case "pendingThenFails":
      return needsApproval(vendor) ? { asks: (request) => ({ ...request, RefundsRequireApproval: true }) } : "none"
    default: {
      const edit = vendor.edits[behaviour]
      return edit === undefined ? "none" : { edit }
    }
  }
}
