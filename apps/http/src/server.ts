/** The whole ledger in one process: configuration, store, worker, notifier and routes, from start to stop. */
import { IncomingMessage, type RequestListener, ServerResponse } from "node:http"
import { Socket } from "node:net"
import { Effect, Layer, ManagedRuntime } from "effect"
import express from "express"
import helmet from "helmet"
import { Watch } from "refund-core/ports/Watch"
import { message, type Rejected } from "refund-core/Violation"
import { prepareKeys } from "refund-service/Access"
import { tenantsOfAccounts } from "refund-service/accountConfiguration"
import { type Configuration, configuration, type Environment, secretsOf } from "refund-service/Configuration"
import * as logging from "refund-service/logging"
import * as Notifier from "refund-service/Notifier"
import * as Providers from "refund-service/Providers"
import * as Service from "refund-service/Service"
import * as Tokens from "refund-service/Tokens"
import { Wakes } from "refund-service/Wakes"
import * as Worker from "refund-service/Worker"
import { announcement, workerAnnouncement } from "./announcement.ts"
import { registerExample } from "./example.ts"
import { guardedServer, guards, refuseLongAddress, trusting } from "./guarding.ts"
import { healthRouter } from "./health.ts"
import { type LedgerLayer, ledgerOf } from "./ledgers.ts"
import { close, listen } from "./listening.ts"
import { type Metrics, makeMetrics } from "./metrics.ts"
import { metricsRouter } from "./metricsRoute.ts"
import { mountEnd } from "./mount.ts"
import { native } from "./native.ts"
import { type Answered, observing } from "./observing.ts"
import { accountsOf, forms, namesOf, providersOf } from "./providers.ts"
import { requestIdOf } from "./requestId.ts"
import { refundRoutes } from "./router.ts"
import { withSimulatorNews } from "./simulatorNews.ts"
import type { Tracing } from "./tracing.ts"
import { openWorkerDoor } from "./workerDoor.ts"
import { setStanding, standingOf } from "./writing.ts"

export interface Running {
  readonly url: string
  /** The secret of the key that the first start made; null where there were keys. */
  readonly firstKey: string | null
  /** Answers what is in flight, hands leases back, closes the ledger. At most 5 s. */
  readonly stop: () => Promise<void>
}

/** What a server stands on: where the ledger is kept, and who is called. Others than these can be given to `startServer`. */
export interface Parts {
  readonly ledger: LedgerLayer
  readonly providers: Providers.Providers
  /** Absent: there are only the server's own. */
  readonly accounts?: Providers.Accounts
}

export const partsOf = async (settings: Configuration): Promise<Parts> => ({
  ledger: await ledgerOf(settings),
  providers: await providersOf(settings.providers),
  accounts: await accountsOf(settings.accounts)
})

const layerOf = (
  settings: Configuration,
  { accounts = {}, ledger, providers }: Parts,
  watch: Watch,
  tracing: Tracing | null
) => {
  const { leaseMilliseconds, logFormat, logLevel, tokens, waitMilliseconds, webhooksToPrivate, worker } = settings
  const simulated = withSimulatorNews(providers)
  const service = Service.layer({ waitMilliseconds }).pipe(
    Layer.provide(tokens === null ? Layer.empty : Tokens.layer(tokens)),
    Layer.provideMerge(before(tracing?.provider, Providers.layer(simulated.providers, accounts))),
    Layer.provideMerge(before(tracing?.store, ledger))
  )
  const working = Layer.mergeAll(
    simulated.layer,
    Worker.layer({ leaseMilliseconds, retentionMilliseconds: settings.retentionMilliseconds }),
    Notifier.layer({ leaseMilliseconds, forms, toPrivate: webhooksToPrivate })
  )
  return (worker ? working : Layer.empty).pipe(
    Layer.provideMerge(guards(settings.limits)),
    Layer.provideMerge(before(tracing?.refunds, service)),
    Layer.provideMerge(tracing?.layer ?? Layer.empty),
    Layer.provideMerge(Layer.succeed(Watch, watch)),
    Layer.provideMerge(logging.layer({ logFormat, logLevel, secrets: secretsOf(settings) }))
  )
}

/** What stands before a layer has the same services, and hands on to it. */
const before = <T extends A, A, E, R>(layer: Layer.Layer<T, never, T> | undefined, behind: Layer.Layer<A, E, R>) =>
  layer === undefined ? behind : (Layer.provideMerge(layer, behind) as Layer.Layer<A, E, R>)

/** Loaded only where there is somewhere to send traces to. */
const tracingOf = async ({ tracing }: Configuration): Promise<Tracing | null> =>
  tracing === null ? null : (await import("./tracing.ts")).makeTracing(tracing)

/** Fails, with nothing left open, where the ledger cannot be opened or the address is taken. */
export const startServer = async (settings: Configuration, parts?: Parts): Promise<Running> => {
  const standing = parts ?? (await partsOf(settings))
  const metrics = makeMetrics(namesOf(standing))
  const tracing = await tracingOf(settings)
  const runtime = ManagedRuntime.make(layerOf(settings, standing, metrics.watch, tracing))
  try {
    const firstKey = await runtime.runPromise(prepareKeys(settings.tenant, settings.keys))
    await runtime.runPromise(registerExample(settings.tenant))
    const stopping = new AbortController()
    const server = guardedServer(application(runtime, settings, { metrics, tracing }, stopping.signal), settings.limits)
    const url = await listen(server, settings)
    const stop = async () => {
      if (stopping.signal.aborted) return
      stopping.abort()
      await close(server, () => runtime.runPromise(Wakes.use((wakes) => wakes.close)))
      await runtime.dispose()
    }
    return { url, firstKey, stop }
  } catch (error) {
    await runtime.dispose()
    throw error
  }
}

/** Pays and tells, and answers nobody; but for how it is, where it is told an address for that. */
export const startWorker = async (
  settings: Configuration
): Promise<Pick<Running, "stop"> & { readonly url: string | null }> => {
  const working = { ...settings, worker: true }
  const standing = await partsOf(working)
  const metrics = makeMetrics(namesOf(standing))
  const runtime = ManagedRuntime.make(layerOf(working, standing, metrics.watch, await tracingOf(working)))
  try {
    await runtime.runPromise(Effect.void)
    const door = await openWorkerDoor(runtime, working, metrics)
    return { url: door.url, stop: () => door.close().then(() => runtime.dispose()) }
  } catch (error) {
    await runtime.dispose()
    throw error
  }
}

type ServerRuntime = ManagedRuntime.ManagedRuntime<Layer.Success<ReturnType<typeof layerOf>>, unknown>

interface Watched {
  readonly metrics: Metrics
  readonly tracing: Tracing | null
}

const application = (
  runtime: ServerRuntime,
  settings: Configuration,
  { metrics, tracing }: Watched,
  stopping: AbortSignal
): RequestListener => {
  const { accounts, dialectAtRoot, tenant, worker } = settings
  const moreTenants = [...settings.moreTenants, ...tenantsOfAccounts(accounts)]
  const app = express()
  app.disable("x-powered-by").disable("etag")
  const addressOf = trusting(app, settings.limits)
  const { doors, rest } = refundRoutes({
    runtime,
    dialectAtRoot,
    tenant,
    moreTenants,
    stopping,
    addressOf,
    ...(tracing === null ? {} : { around: tracing.door })
  })
  const signs = {
    isStopping: () => stopping.aborted,
    workerSilentFor: worker ? metrics.silentFor : null,
    paused: metrics.paused
  }
  app.use(healthRouter(runtime, tenant, signs), metricsRouter(runtime, tenant, metrics, addressOf), rest)
  mountEnd(app, native, runtime)
  const observe = observing(metrics, dialectAtRoot, lineOf(runtime, settings))
  // Express finds its way in what is asked seldom: for each refund it would cost as much as deciding it.
  return (request, response) => {
    observe(request, response)
    stand(request, response, stopping)
    if (refuseLongAddress(request, response) || doors(request, response)) return
    response.setHeaders(new Map(Object.entries(standingOf(response))))
    app(request, response)
  }
}

/** What helmet says of every answer. It says the same each time, so it is asked once. */
const helmets: Readonly<Record<string, string>> = (() => {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  helmet()(request, response, () => {})
  return { ...(response.getHeaders() as Record<string, string>) }
})()

const stand = (request: IncomingMessage, response: ServerResponse, { aborted }: AbortSignal): void => {
  const headers: Record<string, string> = { ...helmets, "x-request-id": requestIdOf(request) }
  // A connection that stays open would be cut when the process ends: its client had better open a new one elsewhere.
  if (aborted) headers["connection"] = "close"
  setStanding(response, headers)
}

const debugging: ReadonlySet<Configuration["logLevel"]> = new Set(["Trace", "Debug"])

/** A line for each request, where somebody looks that closely. */
const lineOf = (runtime: ServerRuntime, { logLevel }: Configuration) => {
  if (!debugging.has(logLevel)) return undefined
  return ({ door, method, milliseconds, requestId, route, status }: Answered) => {
    const line = `${method} ${route} was answered ${status}`
    const annotations = { request: requestId, door, status, milliseconds: Math.round(milliseconds) }
    runtime.runFork(Effect.annotateLogs(Effect.logDebug(line), annotations))
  }
}

/** Starts from the environment, tells how to use it, and runs until a signal. Answers the process's exit code. */
export const serve = (env: Environment): Promise<number> =>
  untilSignal(env, async (settings) => {
    const running = await startServer(settings)
    return { stop: running.stop, told: announcement(running, settings) }
  })

/** The same without a door: any number of them may work beside servers. */
export const work = (env: Environment): Promise<number> =>
  untilSignal(env, async (settings) => {
    const { stop, url } = await startWorker(settings)
    return { stop, told: workerAnnouncement(settings, url) }
  })

interface Started {
  readonly stop: () => Promise<void>
  readonly told: string
}

const untilSignal = async (env: Environment, start: (settings: Configuration) => Promise<Started>): Promise<number> => {
  const checked = await Effect.runPromise(Effect.result(configuration(env)))
  if (checked._tag === "Failure") {
    process.stderr.write(`${checked.failure.message}\n`)
    return 2
  }
  const settings = checked.success
  const signaled = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve())
  })
  try {
    const { stop, told } = await start(settings)
    process.stdout.write(told)
    await signaled
    await stop()
    return 0
  } catch (error) {
    process.stderr.write(`${sentenceOf(error, settings)}\n`)
    return 1
  }
}

const sentenceOf = (error: unknown, { host, port }: Configuration): string => {
  const code = (error as { readonly code?: unknown }).code
  if (code === "EADDRINUSE") return `Port ${port} on ${host} is taken by another process; set PORT to another one.`
  if (code === "EACCES") return `This user may not listen on port ${port} of ${host}; set PORT to another one.`
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `This machine has no address ${host}; set HOST to one.`
  if (isRejected(error)) return `The server could not start: ${error.violations.map(message).join("; ")}`
  return `The server could not start: ${error instanceof Error ? error.message : String(error)}`
}

const isRejected = (error: unknown): error is Rejected => (error as { readonly _tag?: unknown })._tag === "Rejected"
