/** What happens to one refund, wherever and whenever, hangs together: for whoever traces it. Nobody does by default. */
import { Context, type Effect } from "effect"

export interface Trail {
  /** What is done for a refund, by the name of the work. Null: it is about no refund. */
  readonly follow: <A, E, R>(
    refundId: string | null,
    work: string,
    done: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, R>
}

export const Trail = Context.Reference<Trail>("refund-service/Trail", {
  defaultValue: () => ({ follow: (_, __, done) => done })
})
