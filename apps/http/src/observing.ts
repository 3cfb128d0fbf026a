/** Every request has a name, which its answer and its log lines carry, and is counted and timed when it is answered. */
import type { RequestHandler } from "express"
import type { Door } from "refund-core/Policy"
import type { Metrics } from "./metrics.ts"
import { native } from "./native.ts"
import { requestIdOf } from "./requestId.ts"

export interface Answered {
  readonly requestId: string
  readonly door: string
  readonly method: string
  /** As it is mounted, without what stands for its parts; `none` where nothing is. */
  readonly route: string
  readonly status: number
  readonly milliseconds: number
}

/** `onAnswer`: beside the figures, for whoever wants a line of each. */
export const observing = (
  metrics: Metrics,
  dialectAtRoot: Door | null,
  onAnswer: (answered: Answered) => void = () => {}
): RequestHandler => {
  const ofNative = new Set(native.routes.map(({ path }) => path))
  return (request, response, next) => {
    const since = performance.now()
    const requestId = requestIdOf(request)
    response.setHeader("x-request-id", requestId)
    response.once("close", () => {
      // Express has put the route that answered into the request.
      const { baseUrl, method, route } = request as { baseUrl: string; method: string; route?: { path: string } }
      const path = route?.path ?? "none"
      const door = baseUrl !== "" ? baseUrl.slice(1) : ofNative.has(path) ? "native" : (dialectAtRoot ?? "native")
      const milliseconds = performance.now() - since
      // A stream goes on for as long as its client likes: its time says nothing.
      if (response.getHeader("content-type") !== "text/event-stream; charset=utf-8")
        metrics.answered(door, method, path, response.statusCode, milliseconds / 1000)
      onAnswer({ requestId, door, method, route: path, status: response.statusCode, milliseconds })
    })
    next()
  }
}
