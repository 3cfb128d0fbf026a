/** The ledger of a server, over its API. */
import { Effect } from "effect"
import { type ClientError, makeClient } from "refund-api/Client"
import { Refused, Unavailable } from "./failures.ts"
import type { Ledger } from "./Ledger.ts"

export const remoteLedger = (options: { readonly url: string; readonly key: string }): Ledger => {
  const client = makeClient(options)
  return {
    putOrder: (orderId, body) => said(client.putOrder(orderId, body)),
    order: (orderId) => said(client.order(orderId)),
    addCapture: (orderId, body) => said(client.addCapture(orderId, body)),
    recordDispute: (orderId, body) => said(client.recordDispute(orderId, body)),
    request: (orderId, body, how) => said(client.request(orderId, body, how)),
    batch: (body) => said(client.batch(body)),
    reconcile: (body) => said(client.reconcile(body)),
    preview: (orderId, body) => said(client.preview(orderId, body)),
    decide: (verb, id, body) => said(client.decide(verb, id, body)),
    refunds: (query) => said(client.refunds(query)),
    chain: (query) => said(client.chain(query)),
    entries: (query) => said(client.entries(query)),
    audit: (query) => said(client.audit(query)),
    refund: (id) => said(client.refund(id)),
    verify: () => said(client.verify),
    books: null,
    report: (by, query) => said(client.report(by, query)),
    ageing: (query) => said(client.ageing(query)),
    policy: said(client.policy),
    setPolicy: (body) => said(client.setPolicy(body)),
    providers: said(client.providers),
    setProviders: (body) => said(client.setProviders(body)),
    closePeriod: (body) => said(client.closePeriod(body)),
    credit: (customerId) => said(client.credit(customerId)),
    spendCredit: (customerId, body) => said(client.spendCredit(customerId, body)),
    events: (query) => said(client.events(query)),
    endpoints: said(client.endpoints),
    addEndpoint: (body) => said(client.addEndpoint(body)),
    putEndpoint: (id, body) => said(client.putEndpoint(id, body)),
    removeEndpoint: (id) => said(client.removeEndpoint(id)),
    rotateSecret: (id) => said(client.rotateSecret(id)),
    dropOldSecret: (id) => said(client.dropOldSecret(id)),
    deliveries: (id, query) => said(client.deliveries(id, query)),
    replayEndpoint: (id) => said(client.replayEndpoint(id)),
    replayDelivery: (id) => said(client.replayDelivery(id)),
    inbox: (query) => said(client.inbox(query)),
    retryInbox: (id) => said(client.retryInbox(id)),
    redactOrder: (orderId, body) => said(client.redactOrder(orderId, body)),
    keys: said(client.keys),
    createKey: (body) => said(client.createKey(body)),
    rotateKey: (id, body) => said(client.rotateKey(id, body)),
    revokeKey: (id) => said(client.revokeKey(id))
  }
}

const said = <A>(asked: Effect.Effect<A, ClientError>): Effect.Effect<A, Refused | Unavailable> =>
  Effect.mapError(asked, (error) => {
    if (error._tag === "ServerUnreachable") return new Unavailable({ detail: error.detail })
    const { problem } = error
    return problem.status < 500 ? new Refused({ problem }) : new Unavailable({ detail: problem.detail })
  })
