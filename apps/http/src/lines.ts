/**
 * Lines of an answer that goes on. A client may send all of its body before it reads any of the answer: what it has not read
 * waits here, in bounded memory, and never holds up what is done meanwhile for good.
 */
import { type Cause, Effect, Fiber, Queue } from "effect"

export interface Lines {
  /** All of them or, where there is no room since nobody reads, none: false. */
  readonly tell: (lines: ReadonlyArray<unknown>) => Effect.Effect<boolean>
  /** The last line, for which there is always room: done when all are written. */
  readonly end: (line: unknown) => Effect.Effect<void>
}

/** Characters that may wait to be read. */
const room = 4 * 1024 * 1024
/** How long is waited for room, once, before a client is held for one that does not read. */
const patience = 2_000
const look = 25
/** How long a client may take nothing at all of what is written. */
const silence = "60 seconds"

export const linesTo = Effect.fnUntraced(function* (write: (text: string) => Effect.Effect<void>, abandon: () => void) {
  const queue = yield* Queue.unbounded<string, Cause.Done>()
  let waiting = 0
  let isRead = true
  const writing = yield* Queue.takeAll(queue).pipe(
    Effect.flatMap((lines) => {
      const text = lines.join("")
      const written = Effect.timeoutOrElse(write(text), { duration: silence, orElse: () => Effect.sync(abandon) })
      return Effect.map(written, () => {
        waiting -= text.length
      })
    }),
    Effect.forever,
    Effect.ignore,
    Effect.forkChild
  )
  const add = (text: string) => {
    waiting += text.length
    Queue.offerUnsafe(queue, text)
  }
  const hasRoom = Effect.fnUntraced(function* (text: string) {
    const fits = () => waiting === 0 || waiting + text.length <= room
    for (let waited = 0; isRead && !fits() && waited < patience; waited += look) yield* Effect.sleep(look)
    isRead = fits()
    return isRead
  })
  return {
    tell: (lines) => {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("")
      return Effect.map(hasRoom(text), (fits) => {
        if (fits) add(text)
        return fits
      })
    },
    end: (line) =>
      Effect.suspend(() => {
        add(`${JSON.stringify(line)}\n`)
        Queue.endUnsafe(queue)
        return Effect.asVoid(Fiber.await(writing))
      })
  } satisfies Lines
})
