/** The whole ledger in one process: configuration, store, worker and routes, from start to stop. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, Layer, ManagedRuntime } from "effect"
import express from "express"
import helmet from "helmet"
import { message, type Rejected } from "refund-core/Violation"
import { prepareKeys } from "refund-service/Access"
import { type Configuration, configuration, type Environment } from "refund-service/Configuration"
import * as logging from "refund-service/logging"
import * as Providers from "refund-service/Providers"
import * as Service from "refund-service/Service"
import { Wakes } from "refund-service/Wakes"
import * as Worker from "refund-service/Worker"
import * as SqliteLedger from "refund-store/SqliteLedger"
import { announcement } from "./announcement.ts"
import { registerExample } from "./example.ts"
import { healthRouter } from "./health.ts"
import { mountEnd } from "./mount.ts"
import { native } from "./native.ts"
import { refundRouter } from "./router.ts"

export interface Running {
  readonly url: string
  /** The secret of the key that the first start made; null where there were keys. */
  readonly firstKey: string | null
  /** Answers what is in flight, hands leases back, closes the ledger. At most 5 s. */
  readonly stop: () => Promise<void>
}

const layerOf = ({ database, logFormat, logLevel, waitMilliseconds, worker }: Configuration) => {
  const service = Service.layer({ waitMilliseconds }).pipe(
    Layer.provideMerge(SqliteLedger.layer({ file: database, worker }))
  )
  const working = worker ? Worker.layer().pipe(Layer.provide(Providers.layer())) : Layer.empty
  return working.pipe(Layer.provideMerge(service), Layer.provideMerge(logging.layer({ logFormat, logLevel })))
}

/** Fails, with nothing left open, where the ledger cannot be opened or the address is taken. */
export const startServer = async (settings: Configuration): Promise<Running> => {
  const runtime = ManagedRuntime.make(layerOf(settings))
  try {
    const firstKey = await runtime.runPromise(prepareKeys(settings.tenant, settings.keys))
    await runtime.runPromise(registerExample(settings.tenant))
    let isStopping = false
    const server = createServer(application(runtime, settings, () => isStopping))
    const url = await listen(server, settings)
    const stop = async () => {
      if (isStopping) return
      isStopping = true
      await close(server, () => runtime.runPromise(Wakes.use((wakes) => wakes.close)))
      await runtime.dispose()
    }
    return { url, firstKey, stop }
  } catch (error) {
    await runtime.dispose()
    throw error
  }
}

type ServerRuntime = ManagedRuntime.ManagedRuntime<Layer.Success<ReturnType<typeof layerOf>>, unknown>

const application = (runtime: ServerRuntime, settings: Configuration, isStopping: () => boolean) => {
  const app = express()
  app.disable("x-powered-by").disable("etag")
  app.use(helmet())
  // A connection that stays open would be cut when the process ends: its client had better open a new one elsewhere.
  app.use((_, response, next) => {
    if (isStopping()) response.setHeader("connection", "close")
    next()
  })
  app.use(healthRouter(runtime, settings.tenant, isStopping))
  app.use(refundRouter({ runtime, dialectAtRoot: settings.dialectAtRoot }))
  mountEnd(app, native, runtime)
  return app
}

const listen = (server: Server, { host, port }: Configuration): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, () => {
      server.off("error", reject)
      const { port: taken } = server.address() as AddressInfo
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${taken}`)
    })
  })

/** Requests get a second to be answered in full; those that wait for an outcome are then answered with what is known. */
const patience = 1_000

const close = async (server: Server, stopWaiting: () => Promise<void>): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const sweep = setInterval(() => server.closeIdleConnections(), 25)
  const within = (milliseconds: number) =>
    Promise.race([
      closed.then(() => true),
      new Promise<boolean>((resolve) => setTimeout(resolve, milliseconds, false).unref())
    ])
  server.closeIdleConnections()
  if (!(await within(patience))) {
    await stopWaiting()
    if (!(await within(patience))) server.closeAllConnections()
  }
  clearInterval(sweep)
  await stopWaiting()
}

/** Starts from the environment, tells how to use it, and runs until a signal. Answers the process's exit code. */
export const serve = async (env: Environment): Promise<number> => {
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
    const running = await startServer(settings)
    process.stdout.write(announcement(running, settings))
    await signaled
    await running.stop()
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
