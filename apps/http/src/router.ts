/**
 * The ledger's routes, to be mounted in any Express app, at its root or under a path. It needs no middleware, and it
 * leaves what is not its own to the app.
 *
 * Mount it before a body parser: amounts are read from the text of the JSON, and a parser has already thrown it away.
 */
import { Router } from "express"
import type { TenantId } from "refund-core/Ids"
import type { Door } from "refund-core/Policy"
import type { Dialect } from "refund-dialects/Dialect"
import { descriptionRouter } from "./descriptions.ts"
import { dialects as allDialects } from "./dialects.ts"
import { mountEnd, type Opened, type Opening, openRoutes, type Runtime, refuseWrongMethods } from "./mount.ts"
import { native as bare } from "./native.ts"
import { problemRouter } from "./problemPage.ts"
import { webhookRouter } from "./webhooks.ts"

export interface RouterOptions {
  /** Made from refund-service's `Service` over a store: `ManagedRuntime.make(layer)`. */
  readonly runtime: Runtime
  /** Absent: all of them. */
  readonly dialects?: ReadonlyArray<Dialect>
  /**
   * This dialect answers at `/` instead of under its prefix, before the native API where both know a path. Then every
   * path that is nobody's is said to be so in this dialect's shape, and none is left to the app.
   */
  readonly dialectAtRoot?: Door | null
  /** Whose providers' webhooks come to `/webhooks/{provider}`; absent: that path is not the ledger's. */
  readonly tenant?: TenantId
  /** Whose come to `/webhooks/{tenant}/{provider}`, beside that one's. */
  readonly moreTenants?: ReadonlyArray<TenantId>
  /** Ends the event streams when it is aborted: a server waits for its open connections when it is closed. */
  readonly stopping?: AbortSignal
  readonly addressOf?: Opening["addressOf"]
  /** What every request to a door goes through. */
  readonly around?: <R>(door: Dialect<R>) => Dialect<R>
}

export const refundRouter = (options: RouterOptions): Router => {
  const { doors, rest } = refundRoutes(options)
  const router = Router({ caseSensitive: true })
  router.use((request, response, next) => void (doors(request, response) || next()))
  return router.use(rest)
}

/** `doors`: what is asked of the ledger. `rest`: what is said about them, and what comes of its own accord. */
export const refundRoutes = (options: RouterOptions): { readonly doors: Opened; readonly rest: Router } => {
  const { around = (door) => door, dialectAtRoot = null, moreTenants = [], runtime, tenant } = options
  const native = around(bare)
  const dialects = (options.dialects ?? allDialects).map((dialect) => around(dialect))
  const atRoot = dialects.find(({ door }) => door === dialectAtRoot)
  const others = dialects.filter((dialect) => dialect !== atRoot)
  const under = { ...options, isUnderPrefix: true }
  const doors = [
    ...(atRoot === undefined ? [] : [openRoutes(atRoot, options)]),
    openRoutes(native, options),
    refuseWrongMethods(native),
    ...others.flatMap((dialect) => [openRoutes(dialect, under), refuseWrongMethods(dialect, under)])
  ]
  const rest = Router({ caseSensitive: true })
  if (tenant !== undefined) rest.use(webhookRouter(runtime, tenant, moreTenants))
  rest.use(problemRouter())
  rest.use(descriptionRouter(dialects, atRoot))
  for (const dialect of others) rest.use(dialect.prefix, onlyEnd(dialect, runtime))
  if (atRoot === undefined) rest.use(native.prefix, onlyEnd(native, runtime))
  else {
    const refuses = refuseWrongMethods(atRoot)
    rest.use((request, response, next) => void (refuses(request, response) || next()))
    mountEnd(rest, atRoot, runtime)
  }
  return { doors: (request, response) => doors.some((door) => door(request, response)), rest }
}

const onlyEnd = (dialect: Dialect | typeof bare, runtime: Runtime): Router => {
  const router = Router()
  mountEnd(router, dialect, runtime)
  return router
}
