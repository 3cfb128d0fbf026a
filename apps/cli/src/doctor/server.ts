/** Of a server: what it says of itself without a credential, its worker and the providers that it leaves alone. */
import { Effect, Schema } from "effect"
import { bad, type Finding, good, look } from "./Finding.ts"

const Signs = Schema.Struct({
  status: Schema.String,
  worker: Schema.Literals(["on", "off", "hangs"]),
  pausedProviders: Schema.Array(Schema.String)
})

const read = Schema.decodeUnknownEffect(Signs)

/** One that says nothing of itself, as behind a proxy that keeps it in, has answered all the same. */
export const serverFindings = (url: string): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.tryPromise(async (signal) => {
    const response = await fetch(`${url.replace(/\/$/, "")}/readyz`, { signal })
    return await response.json()
  }).pipe(
    Effect.flatMap(read),
    Effect.timeout("5 seconds"),
    Effect.map(({ pausedProviders, status, worker }) => [
      status === "ready" ? good("server", "answers, and is ready") : bad("server", status, "`/readyz` says the same"),
      workerOf(worker),
      circuitsOf(pausedProviders)
    ]),
    Effect.catch(() => Effect.succeed([good("server", "answers; what it says of itself cannot be read here")]))
  )

const workerOf = (worker: (typeof Signs.Type)["worker"]): Finding => {
  switch (worker) {
    case "on":
      return good("worker", "runs in this server")
    case "off":
      return good("worker", "none in this server: another process has to be one")
    case "hangs":
      return bad(
        "worker",
        "has not looked for work for a minute",
        "Start the server again; its log says what it did last"
      )
  }
}

const circuitsOf = (paused: ReadonlyArray<string>): Finding =>
  paused.length === 0
    ? good("providers' circuits", "closed: all are called")
    : look(
        "providers' circuits",
        `open: ${paused.join(", ")}`,
        "They did not answer; they are tried again by themselves"
      )
