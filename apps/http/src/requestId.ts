/** A request's name: what its answer and its log lines have in common. */
import { randomUUID } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { hasCardNumber } from "refund-core/cardNumber"

const name = Symbol("request id")

type Named = IncomingMessage & { [name]?: string }

/** The one that the client or its proxy gave it, where that is fit for a log line; else one of ours. */
export const requestIdOf = (request: Named): string => {
  const known = request[name]
  if (known !== undefined) return known
  const given = request.headers["x-request-id"]
  const isFit = typeof given === "string" && /^[\w.:-]{1,64}$/.test(given) && !hasCardNumber(given)
  const id = isFit ? given : randomUUID()
  request[name] = id
  return id
}
