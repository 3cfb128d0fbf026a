/** Opens a door: reads credential and body, runs the route, writes its answer. */
import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { Cause, Effect, Exit, type ManagedRuntime, Result } from "effect"
import type { NextFunction, Request, Response, Router } from "express"
import type { Caller } from "refund-core/Command"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Dialect, DialectRoute, WireAnswer } from "refund-dialects/Dialect"
import { decodeUtf8, parseJson } from "refund-dialects/Json"
import { Access } from "refund-service/Access"
import type { Allowance } from "refund-service/allowances"
import { freshId, freshSalt } from "refund-service/freshIds"
import { JournalAddresses } from "refund-service/JournalAddresses"
import { RateLimits } from "refund-service/RateLimits"
import { RefusedCredentials } from "refund-service/RefusedCredentials"
import { beginningOf, type Refusal, SecurityLog } from "refund-service/SecurityLog"
import type { Service } from "refund-service/Service"
import { bytesOf, limitBytes, none, readBody } from "./body.ts"
import { finderOf, type Params } from "./matching.ts"
import type { Services } from "./nativeAnswers.ts"
import { routeTo } from "./observing.ts"
import { queryOf, searchOf } from "./query.ts"
import { requestIdOf } from "./requestId.ts"
import { type Ends, isStreaming, writeStream } from "./stream.ts"
import { openUpload } from "./upload.ts"
import { write } from "./writing.ts"

/** The use cases, and the ports that lists and the feed are read from. */
export type Ledger = Service | Services
export type Runtime = ManagedRuntime.ManagedRuntime<Ledger, unknown>
/** A dialect that gets along with what a ledger has. */
type Door = Dialect<Services>
type DoorRoute = DialectRoute<Services>

/** Whether the request was for it: then it is answered. It works with Express, and without. */
export type Opened = (request: IncomingMessage, response: ServerResponse) => boolean

export interface Opening {
  readonly runtime: Runtime
  /** Its paths begin with the dialect's prefix. */
  readonly isUnderPrefix?: boolean
  /** Ends answers that go on when it is aborted. */
  readonly stopping?: AbortSignal | undefined
  /** Where a request came from; absent: as Express finds it. */
  readonly addressOf?: ((request: IncomingMessage) => string | undefined) | undefined
}

export const openRoutes = (dialect: Door, opening: Opening): Opened => {
  const routes = dialect.routes.map((route) => ({ ...route, handle: handlerOf(dialect, route, opening) }))
  const find = finderOf(routes, prefixOf(dialect, opening))
  return (request, response) => {
    const found = find(request)
    if (found === null || found.route === null) return false
    routeTo(request, dialect, found.route)
    try {
      found.route.handle(request, response, found.params)
    } catch (defect) {
      say(response, dialect, broken(dialect, request, opening.runtime, defect))
    }
    return true
  }
}

/** The paths of the routes know no other methods. */
export const refuseWrongMethods = (dialect: Door, opening: Pick<Opening, "isUnderPrefix"> = {}): Opened => {
  const find = finderOf(dialect.routes, prefixOf(dialect, opening))
  const byPath = Map.groupBy(dialect.routes, (route) => route.path)
  return (request, response) => {
    const found = find(request)
    if (found === null || found.route !== null) return false
    routeTo(request, dialect, found)
    const allowed = (byPath.get(found.path) ?? []).map(({ method }) => method)
    say(response, dialect, dialect.fault({ _tag: "WrongMethod", allowed }), { allow: allowed.join(", ") })
    return true
  }
}

const prefixOf = ({ prefix }: Door, { isUnderPrefix = false }: Pick<Opening, "isUnderPrefix">): string =>
  isUnderPrefix ? prefix : ""

/** To be mounted last: nothing is here, or what was asked cannot even be routed. */
export const mountEnd = (router: Router, dialect: Door, runtime: Runtime): void => {
  router.use((request: Request, response: Response) => {
    say(response, dialect, dialect.fault({ _tag: "NoRoute", path: pathOf(request) }))
  })
  router.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    // Express says 400 where a path cannot be decoded.
    const isBadPath = (error as { readonly status?: unknown }).status === 400
    say(
      response,
      dialect,
      isBadPath ? dialect.fault({ _tag: "NoRoute", path: pathOf(request) }) : broken(dialect, request, runtime, error)
    )
  })
}

/** As it was asked for, wherever this is mounted. */
const pathOf = ({ originalUrl }: Request): string => originalUrl.split("?", 1)[0] ?? ""

/** An answer of the dialect's, named where the vendor names each. */
const say = (
  response: ServerResponse,
  { correlated }: Door,
  answer: WireAnswer,
  extra?: Readonly<Record<string, string>>
): void => write(response, correlated === undefined ? answer : correlated(answer, randomUUID()), extra)

type Handler = (request: IncomingMessage, response: ServerResponse, params: Params) => void

const addressInExpress = ({ ip, socket }: IncomingMessage & { readonly ip?: string }) => ip ?? socket.remoteAddress

const handlerOf = (dialect: Door, route: DoorRoute, opening: Opening): Handler => {
  const { addressOf = addressInExpress, runtime, stopping } = opening
  const operationOf = operationFor(route)
  return (request, response, params) => {
    const headers = request.headers as Readonly<Record<string, string>>
    const secret = dialect.credential(headers)
    const seen = seenOf(dialect, route, request, addressOf(request))
    if (secret === null) {
      runtime.runFork(refused(seen, "credential", 401))
      return say(response, dialect, dialect.fault({ _tag: "NoCredential" }))
    }
    const asked = (caller: Caller, body: unknown): Asked => ({
      caller,
      params,
      query: queryOf(request.url ?? ""),
      headers,
      body,
      operation: operationOf(params),
      freshId,
      freshSalt
    })
    const ends = (): Ends => ({
      stopping,
      revoked: revokedOf(secret, runtime),
      fork: (effect) => runtime.runFork(effect)
    })
    const deliver = deliverTo(response, request, dialect, runtime, ends)
    const consumed = () => deliver(() => broken(dialect, request, runtime, new Error(parsedBefore)))
    const run = (bytes: Uint8Array, ask = asked) =>
      runtime.runCallback(answer(dialect, route, secret, bytes, ask, seen), {
        onExit: (exit) => deliver(() => answerOf(dialect, request, runtime, exit))
      })
    if (route.uploads !== undefined) {
      const opened = openUpload(request, response, route.uploads)
      if (opened === "consumed") return consumed()
      if ("_tag" in opened) return deliver(() => dialect.fault(opened))
      const upload = { ...opened, query: searchOf(request.url ?? "") }
      return void run(none, (caller, body) => ({ ...asked(caller, body), upload }))
    }
    const limit = route.limitBytes ?? limitBytes
    readBody(request, limit, (read) => {
      if (read._tag === "aborted") return
      if (read._tag === "consumed") return consumed()
      const bytes = bytesOf(read, limit, headers)
      if (!(bytes instanceof Uint8Array)) return deliver(() => dialect.fault(bytes))
      run(bytes)
    })
  }
}

/** Nobody catches what breaks by now: a defect here would end the process. */
export const deliverTo =
  (response: ServerResponse, request: IncomingMessage, dialect: Door, runtime: Runtime, ends?: () => Ends) =>
  (answered: () => WireAnswer): void => {
    try {
      const answer = answered()
      if (isStreaming(answer) && ends !== undefined && request.method !== "HEAD") writeStream(response, answer, ends())
      else say(response, dialect, answer)
    } catch (defect) {
      try {
        say(response, dialect, broken(dialect, request, runtime, defect))
      } catch {
        response.destroy()
      }
    }
  }

const looksEvery = "5 seconds"

/** What goes on must not go on for whoever may no longer read it. A ledger that cannot be asked is asked again later. */
const revokedOf = (secret: string, runtime: Runtime): Effect.Effect<void> => {
  const stillValid = Access.use((access) => access.authenticate(secret)).pipe(
    Effect.map((identity) => identity !== null),
    Effect.orElseSucceed(() => true)
  )
  const look = Effect.promise((signal) => runtime.runPromise(stillValid, { signal }))
  return Effect.repeat(Effect.delay(look, looksEvery), { while: (isValid) => isValid }).pipe(Effect.asVoid)
}

const parsedBefore =
  "A body was parsed before it reached the refund router, so its amounts cannot be read exactly. Mount the router " +
  "before the body parser, or let the parser keep the bytes as request.rawBody."

type Asked = Parameters<DoorRoute["handle"]>[0]

const answer = Effect.fnUntraced(function* (
  dialect: Door,
  route: DoorRoute,
  secret: string,
  bytes: Uint8Array,
  asked: (caller: Caller, body: unknown) => Asked,
  seen: Seen
) {
  const strangers = yield* RefusedCredentials
  const barred = seen.from === undefined ? null : strangers.barred(seen.from)
  if (barred !== null) return yield* tooMany(dialect, seen, barred)
  const access = yield* Access
  const identity = yield* access.authenticate(secret)
  if (identity === null) {
    if (seen.from !== undefined) strangers.refused(seen.from)
    yield* refused({ ...seen, ...beginningOf(secret) }, "credential", 401)
    return dialect.fault({ _tag: "BadCredential" })
  }
  const { credential, principal, tenant } = identity
  const known = () => ({ ...seen, tenant, by: principal.id, with: credential })
  const limits = yield* RateLimits
  const allowance = yield* limits({ tenant, by: `${credential} ${principal.id}` })
  if (allowance?.isOver) return yield* tooMany(dialect, known(), allowance)
  const body =
    bytes.length === 0 ? nothing : Result.flatMap(decodeUtf8(bytes), (text) => parseJson(text, dialect.numbers))
  if (Result.isFailure(body)) return dialect.fault({ _tag: "BadJson", detail: body.failure })
  const { from, requestId } = seen
  const via = { with: credential, requestId, ...(from !== undefined && (yield* JournalAddresses) ? { from } : {}) }
  const caller: Caller = { tenant, by: principal, door: dialect.door, now: Date.now(), via }
  const answered = yield* route.handle(asked(caller, body.success))
  if (isRefusal(dialect, answered)) yield* refused(known(), "permission", answered.status)
  return allowance === null ? answered : limited(answered, allowance)
})

const tooMany = (dialect: Door, seen: Seen, allowance: Allowance) =>
  Effect.as(
    refused(seen, "rate", 429),
    limited(dialect.fault({ _tag: "TooMany", retryAfterSeconds: allowance.retryAfterSeconds }), allowance)
  )

type Seen = Omit<Refusal, "what" | "status"> & { readonly requestId: string }

const seenOf = (
  { door }: Door,
  { method, path }: DoorRoute,
  request: IncomingMessage,
  from: string | undefined
): Seen => ({
  door,
  method,
  route: path,
  requestId: requestIdOf(request),
  ...(from === undefined ? {} : { from })
})

const refused = (seen: Omit<Refusal, "what" | "status">, what: Refusal["what"], status: number) =>
  Effect.flatMap(SecurityLog, (tell) => tell({ ...seen, what, status }))

const isRefusal = ({ isRefusal }: Door, answer: WireAnswer): boolean =>
  isRefusal === undefined ? answer.status === 401 || answer.status === 403 : isRefusal(answer)

/** What is left to the caller, so that they need not run into the limit. */
const limited = (answer: WireAnswer, { limit, remaining, resetSeconds }: Allowance): WireAnswer => ({
  ...answer,
  headers: {
    ...answer.headers,
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(resetSeconds)
  }
})

const nothing = Result.succeed(undefined)

const answerOf = (
  dialect: Door,
  request: IncomingMessage,
  runtime: Runtime,
  exit: Exit.Exit<WireAnswer, unknown>
): WireAnswer => {
  if (Exit.isSuccess(exit)) return exit.value
  const failure = Cause.squash(exit.cause)
  if (failure instanceof LedgerUnavailable) return dialect.failure(failure)
  if (Cause.hasInterruptsOnly(exit.cause)) {
    return dialect.failure(new LedgerUnavailable({ detail: "The server is stopping", retryAfterSeconds: 1 }))
  }
  return broken(dialect, request, runtime, failure)
}

export const broken = (dialect: Door, request: IncomingMessage, runtime: Runtime, defect: unknown): WireAnswer => {
  const requestId = requestIdOf(request)
  // Without its query: people's names may be in it.
  const [path = ""] = (request.url ?? "").split("?", 1)
  runtime.runFork(Effect.logError(`Request ${requestId} (${request.method} ${path}) broke`, Cause.die(defect)))
  return dialect.fault({ _tag: "Broken", requestId })
}

/** `POST /v1/orders/A-1/refund`: the method and the vendor's path with its ids, wherever it is mounted. */
const operationFor = ({ method, path }: DoorRoute) => {
  const parts = path.split("/").map((part) => (part.startsWith(":") ? { name: part.slice(1) } : part))
  return (params: Params): string =>
    `${method} ${parts.map((part) => (typeof part === "string" ? part : params[part.name])).join("/")}`
}
