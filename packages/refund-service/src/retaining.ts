/** Lets go, now and then, of what was done with long ago, where it is configured after how long. */
import { Effect } from "effect"
import { pruneAll } from "refund-core/ports/Retention"
import { readerOf, type Values } from "./providerReader.ts"

export const retentionVariables = {
  REFUND_RETENTION_DAYS: {
    default: "",
    means: "Webhooks that arrived and provider events that were applied go after so many days, 1 to 36500. Unset: never"
  }
} as const

const aDay = 86_400_000

/** Null: everything is kept. */
export const readRetention = (values: Values, sentences: Array<string>): number | null => {
  const days = readerOf<keyof typeof retentionVariables>(values, sentences).whole("REFUND_RETENTION_DAYS", 1, 36_500)
  return days === null ? null : days * aDay
}

/** Between portions, so that whoever writes has the database for themselves in between. */
const pause = Effect.sleep(20)

/** Once through all there is. */
export const retaining = (milliseconds: number) =>
  Effect.gen(function* () {
    const pruned = yield* pruneAll(milliseconds, () => pause)
    if (pruned === null || pruned.deliveries + pruned.inbox === 0) return
    const days = Math.round(milliseconds / aDay)
    yield* Effect.logInfo(`What was done with more than ${days} days ago was removed`).pipe(Effect.annotateLogs(pruned))
  })
