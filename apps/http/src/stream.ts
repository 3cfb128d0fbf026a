/** Answers that go on: written as fast as the client reads, until it goes, its key is revoked, or the server stops. */
import type { ServerResponse } from "node:http"
import { Effect, type Fiber } from "effect"
import type { WireAnswer } from "refund-dialects/Dialect"
import { standingOf } from "./writing.ts"

export type Streaming = WireAnswer & { readonly stream: NonNullable<WireAnswer["stream"]> }

export const isStreaming = (answer: WireAnswer): answer is Streaming => answer.stream !== undefined

/** What is written is handed on before more is asked for: a client that does not read costs one piece, not all of them. */
const writeTo =
  (response: ServerResponse) =>
  (text: string): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      const done = () => resume(Effect.void)
      if (response.destroyed) return
      if (response.write(text)) return done()
      response.once("drain", done)
      return Effect.sync(() => response.off("drain", done))
    })

export interface Ends {
  /** Comes to an end when the client may no longer be told anything. */
  readonly revoked: Effect.Effect<void>
  readonly stopping: AbortSignal | undefined
  readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void, unknown>
}

export const writeStream = (
  response: ServerResponse,
  { headers, status, stream }: Streaming,
  { fork, revoked, stopping }: Ends
): void => {
  if (response.headersSent || response.destroyed) return
  response.statusCode = status
  for (const [name, value] of Object.entries(Object.assign(standingOf(response), headers)))
    response.setHeader(name, value)
  response.flushHeaders()
  const fiber = fork(Effect.raceFirst(stream(writeTo(response)), revoked))
  const stop = () => fiber.interruptUnsafe()
  response.on("close", stop)
  // A connection that is cut is not an error of ours; "close" follows.
  response.on("error", () => {})
  stopping?.addEventListener("abort", stop, { once: true })
  fiber.addObserver(() => {
    stopping?.removeEventListener("abort", stop)
    response.off("close", stop)
    response.end()
  })
  if (stopping?.aborted === true) stop()
}
