/** How much is let in: connections, slow clients, long addresses, and how often who may ask. */
import { createServer, type IncomingMessage, type RequestListener, type Server, STATUS_CODES } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import { Layer } from "effect"
import type { Express } from "express"
import { faultOf } from "refund-api/Problem"
import { ImportRoom, makeImportRoom } from "refund-service/importing/ImportRoom"
import { JournalAddresses } from "refund-service/JournalAddresses"
import type { LimitSettings } from "refund-service/limitConfiguration"
import * as RateLimits from "refund-service/RateLimits"
import { makeRefusedCredentials, RefusedCredentials } from "refund-service/RefusedCredentials"
import { makeSecurityLog, SecurityLog } from "refund-service/SecurityLog"
import { inTurn } from "./inTurn.ts"
import type { Opened } from "./mount.ts"
import { problem } from "./nativeAnswers.ts"
import { isUploading } from "./upload.ts"
import { write } from "./writing.ts"

/** What the routes ask of every request. Over a store that processes share, they share the limits too. */
export const guards = ({ imports, journalAddresses, rates, refused }: LimitSettings) =>
  Layer.mergeAll(
    RateLimits.layer(rates),
    Layer.succeed(RefusedCredentials, makeRefusedCredentials(refused)),
    Layer.succeed(ImportRoom, makeImportRoom(imports)),
    Layer.sync(SecurityLog, makeSecurityLog),
    Layer.succeed(JournalAddresses, journalAddresses)
  )

export interface Patience {
  /** For all headers, for the whole request, and how often it is looked at. */
  readonly headers: number
  readonly request: number
  readonly look: number
  /** For what was answered, while nothing of it is read. How long the server works on an answer does not count. */
  readonly unread: number
}

/** Whoever sends a byte now and then, or reads nothing, holds a connection for so long, not for good. */
const patience: Patience = { headers: 10_000, request: 30_000, look: 2_000, unread: 120_000 }

/** Names and values of headers together, with the address: more is answered 431 by Node itself. */
const headerBytes = 16_384
const headersAtMost = 100
const requestsOnConnection = 10_000
/** Longer than a balancer keeps its own, 60 s for most: else it asks on a connection that closes under it, and answers 502. */
const idleMilliseconds = 75_000

export const guardedServer = (
  listener: RequestListener,
  { maxConnections }: Pick<LimitSettings, "maxConnections">,
  { headers, look, request, unread }: Patience = patience
): Server => {
  const inOrder = inTurn(
    (request, response) => void (refuseUnworkable(request, response) || listener(request, response))
  )
  const times = { headersTimeout: headers, requestTimeout: request, connectionsCheckingInterval: look }
  const server = createServer({ maxHeaderSize: headerBytes, requireHostHeader: false, ...times }, inOrder)
  server.on("checkExpectation", inOrder)
  server.maxConnections = maxConnections
  server.maxHeadersCount = headersAtMost
  server.maxRequestsPerSocket = requestsOnConnection
  server.keepAliveTimeout = idleMilliseconds
  server.on("clientError", refuseUnreadable)
  closeUnread(server, { look, unread })
  return server
}

/** Node would answer these by itself, out of turn, and make as many answers as are asked for. */
const refuseUnworkable: Opened = ({ headers, httpVersion }, response) => {
  const hasNoHost = headers.host === undefined && httpVersion === "1.1"
  if (hasNoHost) response.writeHead(400, { connection: "close" }).end()
  else if (headers.expect !== undefined && !/100-continue/i.test(headers.expect)) response.writeHead(417).end()
  else return false
  return true
}

/**
 * A timer for each request would cost each something; looking at all connections now and then finds those that have one
 * coming. Node closes a connection when its time is over, unless some of what waits there was taken meanwhile.
 */
const closeUnread = (server: Server, { look, unread }: Pick<Patience, "look" | "unread">): void => {
  const sockets = new Set<Socket>()
  const lookOver = () => {
    for (const socket of sockets) {
      const waits = socket.writableLength > 0
      if (waits !== (socket.timeout === unread)) socket.setTimeout(waits ? unread : 0)
    }
  }
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  server.once("listening", () => {
    const looking = setInterval(lookOver, look).unref()
    server.once("close", () => clearInterval(looking))
  })
}

const statuses: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413 }

/** As Node itself answers what is no request, or no whole one in time: but a body that is read as it comes has a pace of its own. */
const refuseUnreadable = (error: Error & { readonly code?: string }, socket: Duplex): void => {
  const isLate = error.code === "ERR_HTTP_REQUEST_TIMEOUT"
  if (isLate && isUploading(socket as Socket)) return
  const status = isLate ? 408 : (statuses[error.code ?? ""] ?? 400)
  const answered = Reflect.get(socket, "_httpMessage") as { readonly headersSent?: boolean } | null | undefined
  if (socket.writable && answered?.headersSent !== true) {
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`)
  }
  socket.destroy(error)
}

/** Where requests come from, and whose word is believed for it: nobody's unless it is said. */
export const trusting = (
  app: Express,
  { trustProxy }: Pick<LimitSettings, "trustProxy">
): ((request: IncomingMessage) => string | undefined) => {
  app.set("trust proxy", typeof trustProxy === "object" ? [...trustProxy] : trustProxy)
  if (trustProxy === false) return ({ socket }) => socket.remoteAddress
  // As Express would say it of a request of its own.
  return ({ headers, socket }) => Reflect.get(app.request, "ip", { app, headers, socket }) as string | undefined
}

export const addressAtMost = 8_192

/** Nothing that is asked for needs so long an address. */
export const refuseLongAddress: Opened = ({ url = "" }, response) => {
  if (url.length <= addressAtMost) return false
  write(response, problem(faultOf("UriTooLong", `An address has at most ${addressAtMost} characters`)))
  return true
}
