/**
 * The ledger's routes, to be mounted in any Express app, at its root or under a path. It needs no middleware, and it
 * leaves what is not its own to the app.
 *
 * Mount it before a body parser: amounts are read from the text of the JSON, and a parser has already thrown it away.
 */
import { type RequestHandler, Router } from "express"
import { kindOf } from "refund-api/Problem"
import type { Door } from "refund-core/Policy"
import type { Dialect } from "refund-dialects/Dialect"
import { dialects as allDialects } from "./dialects.ts"
import { mountBareRoutes, mountEnd, mountRoutes, type Runtime, write } from "./mount.ts"
import { native } from "./native.ts"

export interface RouterOptions {
  /** Made from refund-service's `Service` over a store: `ManagedRuntime.make(layer)`. */
  readonly runtime: Runtime
  /** Absent: all of them. */
  readonly dialects?: ReadonlyArray<Dialect>
  /** This dialect answers at `/` instead of under its prefix, before the native API where both know a path. */
  readonly dialectAtRoot?: Door | null
}

export const refundRouter = ({ dialectAtRoot = null, dialects = allDialects, runtime }: RouterOptions): Router => {
  const router = Router({ caseSensitive: true })
  const atRoot = dialects.find(({ door }) => door === dialectAtRoot)
  if (atRoot !== undefined) mountBareRoutes(router, atRoot, runtime)
  mountRoutes(router, native, runtime)
  router.get("/problems/:slug", showProblem)
  for (const dialect of dialects) if (dialect !== atRoot) router.use(dialect.prefix, underPrefix(dialect, runtime))
  if (atRoot !== undefined) mountEnd(router, atRoot, runtime)
  else router.use(native.prefix, onlyEnd(native, runtime))
  return router
}

const underPrefix = (dialect: Dialect, runtime: Runtime): Router => {
  const router = Router({ caseSensitive: true })
  mountRoutes(router, dialect, runtime)
  mountEnd(router, dialect, runtime)
  return router
}

const onlyEnd = (dialect: Dialect, runtime: Runtime): Router => {
  const router = Router()
  mountEnd(router, dialect, runtime)
  return router
}

/** What a problem's `type` points to. */
const showProblem: RequestHandler<{ readonly slug: string }> = (request, response, next) => {
  const kind = kindOf(request.params.slug)
  if (kind === null) return next()
  write(response, { status: 200, body: kind })
}
