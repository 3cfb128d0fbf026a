/** The ledger of a server, over its API. */
import { Effect } from "effect"
import { type ClientError, makeClient } from "refund-api/Client"
import { Refused, Unavailable, Usage } from "./failures.ts"
import type { Ledger } from "./Ledger.ts"

export const remoteLedger = (options: { readonly url: string; readonly key: string }): Ledger => {
  const client = makeClient(options)
  return {
    putOrder: (orderId, body) => said(client.putOrder(orderId, body)),
    order: (orderId) => said(client.order(orderId)),
    request: (orderId, body, how) => said(client.request(orderId, body, how)),
    preview: (orderId, body) => said(client.preview(orderId, body)),
    decide: (verb, id, body) => said(client.decide(verb, id, body)),
    refunds: (query) => said(client.refunds(query)),
    refund: (id) => said(client.refund(id)),
    verify: said(client.verify),
    createKey: () =>
      Effect.fail(new Usage({ sentence: "Keys are made where the ledger's file is: leave --url out, name the file" }))
  }
}

const said = <A>(asked: Effect.Effect<A, ClientError>): Effect.Effect<A, Refused | Unavailable> =>
  Effect.mapError(asked, (error) => {
    if (error._tag === "ServerUnreachable") return new Unavailable({ detail: error.detail })
    const { problem } = error
    return problem.status < 500 ? new Refused({ problem }) : new Unavailable({ detail: problem.detail })
  })
