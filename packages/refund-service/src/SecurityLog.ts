/**
 * Who was refused, for whoever watches over access: lines of the process's log with `channel=security`, not entries of the
 * journal, which a refusal must not change. It has no texts, no bodies, and of a credential at most how it begins. Whoever
 * asks without end is told of by number: what goes beyond so many lines is counted, and the count told.
 */
import { Clock, Context, Effect } from "effect"

/** What was not allowed, and to whom as far as that is known. */
export interface Refusal {
  readonly what: "credential" | "permission" | "rate" | "signature"
  readonly door: string
  readonly method: string
  /** As it is mounted: without ids. */
  readonly route: string
  readonly status: number
  readonly tenant?: string
  readonly by?: string
  readonly with?: string
  readonly from?: string
  readonly requestId?: string
}

export type SecurityLog = (refusal: Refusal) => Effect.Effect<void>

const linesAtMost = 100
const windowMilliseconds = 10_000

export const makeSecurityLog = (): SecurityLog => {
  let since = Number.NEGATIVE_INFINITY
  let lines = 0
  let leftOut = 0
  return (refusal) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const before = leftOut
      if (now - since >= windowMilliseconds) {
        since = now
        lines = 0
        leftOut = 0
      }
      lines++
      if (lines > linesAtMost) {
        leftOut++
        return Effect.void
      }
      const line = Effect.annotateLogs(Effect.logWarning(sentences[refusal.what]), { channel: "security", ...refusal })
      return lines === 1 && before > 0 ? Effect.andThen(skipped(before), line) : line
    })
}

const sentences: Record<Refusal["what"], string> = {
  credential: "A credential was refused",
  permission: "A call was refused to whoever may not make it",
  rate: "A caller asked too often",
  signature: "A webhook was refused: it is not signed by its provider"
}

const skipped = (count: number) =>
  Effect.annotateLogs(Effect.logWarning(`${count} more were refused and have no line of their own`), {
    channel: "security",
    leftOut: count
  })

/** Each server has its own; the process has one for whatever stands alone. Another in its place keeps them elsewhere. */
export const SecurityLog = Context.Reference<SecurityLog>("refund-service/SecurityLog", {
  defaultValue: makeSecurityLog
})

/** How a credential begins, where it is one of ours; of any other nothing is told. */
export const beginningOf = (secret: string): { readonly with?: string } =>
  /^rk_[\w-]{43}$/.test(secret) ? { with: `${secret.slice(0, 7)}…` } : {}
