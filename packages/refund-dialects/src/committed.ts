/** Once a refund is committed: waiting for its outcome, and what every answer about it carries. */
import { Effect } from "effect"
import { Outcomes } from "refund-core/ports/Outcomes"
import type { Requested } from "refund-core/request"
import type { WireRequest } from "./Dialect.ts"

/** The group once its outcome is known, or when waiting took too long. A wait that fails undoes nothing: then as it was committed. */
export const outcome = ({ caller }: WireRequest, { groupId, refunds }: Requested) =>
  Outcomes.use((outcomes) => outcomes.wait(caller.tenant, groupId)).pipe(Effect.catch(() => Effect.succeed(refunds)))

/** By these headers a committed refund is told from a rejection, whatever else the answer says. */
export const committed = ({ groupId, replayed }: Requested): Readonly<Record<string, string>> => ({
  "refund-id": groupId,
  ...(replayed ? { "idempotent-replayed": "true" } : {})
})
