/** One POST to a receiver: what it answered, or why there is no answer. Redirects are not followed. */
import { lookup } from "node:dns"
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http"
import { Agent as HttpsAgent, request as requestHttps } from "node:https"
import type { LookupFunction } from "node:net"
import { Effect, Schema } from "effect"
import { addressRefusal, type Targets, urlRefusal } from "./targets.ts"

export interface Parcel {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Nothing came back, or nothing was sent. */
export class NoReceipt extends Schema.TaggedError<NoReceipt>()("NoReceipt", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

/** Answers the status. Interrupted, it hangs up. */
export type Post = (parcel: Parcel) => Effect.Effect<number, NoReceipt>

/** So much of an answer is read, to keep the connection; nobody looks at it. What is longer costs the connection. */
const answerBytes = 65_536

export interface Patience {
  /** How long the rest of an answer may take, once its status is there. */
  readonly restMilliseconds: number
  /** How many answers may be without their rest at once, whoever's they are. */
  readonly restsAtOnce: number
  /** How long nothing may move on a connection, whether it is in use or kept for the next one. */
  readonly idleMilliseconds: number
}

export const patience: Patience = { restMilliseconds: 5_000, restsAtOnce: 256, idleMilliseconds: 60_000 }

/**
 * Keeps connections for the next one to the same receiver. Once its status is there no receiver keeps one from us:
 * descriptors are few, and all tenants'. How long the status may take is for who interrupts to say.
 */
export const makePost = (targets: Targets, given: Partial<Patience> = {}): Post => {
  const guarded = guardedLookup(targets)
  const { idleMilliseconds, ...rests } = { ...patience, ...given }
  const awaitRest = awaitingRests(rests)
  const options = { keepAlive: true, lookup: guarded, maxFreeSockets: 64, timeout: idleMilliseconds }
  const http = new HttpAgent(options)
  const https = new HttpsAgent(options)
  return ({ body, headers, url }) =>
    Effect.callback<number, NoReceipt>((resume, signal) => {
      const refusal = urlRefusal(url, targets)
      if (refusal !== null) return resume(Effect.fail(new NoReceipt({ detail: `not sent: ${refusal}` })))
      const isPlain = new URL(url).protocol === "http:"
      const send = isPlain ? requestHttp : requestHttps
      const call = send(
        url,
        {
          method: "POST",
          agent: isPlain ? http : https,
          lookup: guarded,
          signal,
          headers: {
            "content-type": "application/json",
            "user-agent": "refund-ledger",
            "content-length": String(Buffer.byteLength(body)),
            ...headers
          }
        },
        (answer) => {
          drain(answer)
          awaitRest(call)
          resume(Effect.succeed(answer.statusCode ?? 0))
        }
      )
      // A connection in use only says that it timed out; nobody else would end it.
      call.on("timeout", () => call.destroy(new Error(`nothing came for ${idleMilliseconds / 1_000} s`)))
      call.on("error", (failure) => resume(Effect.fail(new NoReceipt({ detail: sayWhy(failure) }))))
      call.end(body)
    })
}

/** The status is the answer: what was said with 2xx is taken, also where we hang up on what follows it. */
const awaitingRests = ({ restMilliseconds, restsAtOnce }: Omit<Patience, "idleMilliseconds">) => {
  const open = new Set<ClientRequest>()
  const hangUp = (call: ClientRequest): void => {
    open.delete(call)
    call.destroy()
  }
  return (call: ClientRequest): void => {
    const limit = setTimeout(hangUp, restMilliseconds, call)
    open.add(call)
    call.once("close", () => {
      clearTimeout(limit)
      open.delete(call)
    })
    const [oldest] = open
    if (oldest !== undefined && open.size > restsAtOnce) hangUp(oldest)
  }
}

const drain = (answer: IncomingMessage): void => {
  let read = 0
  answer.on("data", (chunk: Buffer) => {
    read += chunk.length
    if (read > answerBytes) answer.destroy()
  })
  answer.on("error", () => answer.destroy())
}

/** Every address that the name has must be one that may be called, whichever of them is. */
const guardedLookup =
  (targets: Targets): LookupFunction =>
  (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (failure, addresses) => {
      if (failure !== null) return callback(failure, "")
      const [first] = addresses
      const refusal = addresses.map(({ address }) => addressRefusal(address, targets)).find((each) => each !== null)
      if (refusal !== undefined) return callback(new Error(refusal), "")
      if (first === undefined) return callback(new Error(`${hostname} has no address`), "")
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family)
    })

const sayWhy = (failure: Error): string => {
  const { code } = failure as NodeJS.ErrnoException
  const inner = failure instanceof AggregateError ? (failure.errors[0] as Error | undefined) : undefined
  return [code, inner?.message ?? failure.message].filter((part) => part !== undefined && part !== "").join(": ")
}
