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
import { mountEnd, mountRoutes, mountWrongMethods, type Runtime } from "./mount.ts"
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
  /** What every request to a door goes through. */
  readonly around?: <R>(door: Dialect<R>) => Dialect<R>
}

export const refundRouter = (options: RouterOptions): Router => {
  const { around = (door) => door, dialectAtRoot = null, moreTenants = [], runtime, stopping, tenant } = options
  const native = around(bare)
  const dialects = (options.dialects ?? allDialects).map((dialect) => around(dialect))
  const router = Router({ caseSensitive: true })
  const atRoot = dialects.find(({ door }) => door === dialectAtRoot)
  if (atRoot !== undefined) mountRoutes(router, atRoot, runtime)
  mountRoutes(router, native, runtime, stopping)
  mountWrongMethods(router, native)
  if (tenant !== undefined) router.use(webhookRouter(runtime, tenant, moreTenants))
  router.use(problemRouter())
  router.use(descriptionRouter(dialects, atRoot))
  for (const dialect of dialects) if (dialect !== atRoot) router.use(dialect.prefix, underPrefix(dialect, runtime))
  if (atRoot === undefined) router.use(native.prefix, onlyEnd(native, runtime))
  else {
    mountWrongMethods(router, atRoot)
    mountEnd(router, atRoot, runtime)
  }
  return router
}

const underPrefix = (dialect: Dialect, runtime: Runtime): Router => {
  const router = Router({ caseSensitive: true })
  mountRoutes(router, dialect, runtime)
  mountWrongMethods(router, dialect)
  mountEnd(router, dialect, runtime)
  return router
}

const onlyEnd = (dialect: typeof bare, runtime: Runtime): Router => {
  const router = Router()
  mountEnd(router, dialect, runtime)
  return router
}
