/** Every request is counted and timed when it is answered. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Door } from "refund-core/Policy"
import type { Metrics } from "./metrics.ts"
import { requestIdOf } from "./requestId.ts"

const routed = Symbol("routed")

interface Routed {
  readonly door: string
  readonly path: string
}

type Request = IncomingMessage & { [routed]?: Routed }

/** A door's route answers it. What Express itself routes, it says by itself. */
export const routeTo = (request: Request, { door }: { readonly door: string }, { path }: { readonly path: string }) => {
  request[routed] = { door, path }
}

export interface Answered {
  readonly requestId: string
  readonly door: string
  readonly method: string
  /** As it is mounted, without what stands for its parts; `none` where nothing is. */
  readonly route: string
  readonly status: number
  readonly milliseconds: number
}

const routedOf = (request: Request, atRoot: Door): Routed => {
  const known = request[routed]
  if (known !== undefined) return known
  const { baseUrl = "", route } = request as { baseUrl?: string; route?: { path: string } }
  return { door: baseUrl === "" ? atRoot : baseUrl.slice(1), path: route?.path ?? "none" }
}

/** `onAnswer`: beside the figures, for whoever wants a line of each. */
export const observing = (
  metrics: Metrics,
  dialectAtRoot: Door | null,
  onAnswer: (answered: Answered) => void = () => {}
) => {
  const atRoot = dialectAtRoot ?? "native"
  return (request: IncomingMessage, response: ServerResponse): void => {
    const since = performance.now()
    response.once("close", () => {
      const { door, path } = routedOf(request, atRoot)
      const method = request.method ?? ""
      const milliseconds = performance.now() - since
      // A stream goes on for as long as its client likes: its time says nothing.
      if (response.getHeader("content-type") !== "text/event-stream; charset=utf-8")
        metrics.answered(door, method, path, response.statusCode, milliseconds / 1000)
      onAnswer({
        requestId: requestIdOf(request),
        door,
        method,
        route: path,
        status: response.statusCode,
        milliseconds
      })
    })
  }
}
