/** Rows of a file, read as they come, and answered while they are decided. */
import { Effect } from "effect"
import { importTypes, toImport } from "refund-api/ImportBody"
import { faultOf } from "refund-api/Problem"
import type { Caller } from "refund-core/Command"
import { may } from "refund-core/Permission"
import type { WireAnswer, WireRequest } from "refund-dialects/Dialect"
import { parseJson } from "refund-dialects/Json"
import type { Saying } from "refund-service/importing/columns"
import { ImportRoom } from "refund-service/importing/ImportRoom"
import { permitted } from "refund-service/permitted"
import { beginImport } from "./importing.ts"
import { linesTo } from "./lines.ts"
import { problem, route } from "./nativeAnswers.ts"

const saying: Saying = {
  map: (pair) => `?map=${pair}`,
  default: (pair) => `?default=${pair}`,
  kind: (kind) => `?kind=${kind}`,
  ignoreOthers: "?ignoreOthers=true"
}

/** Each row is asked for what it needs; who has none of what any row needs is not read from at all. */
const mayImport = (caller: Caller) =>
  may(caller.by, "orders:write") ? Effect.void : permitted(caller, "refunds:request")

const importFile = Effect.fnUntraced(
  function* ({ caller, freshId, freshSalt, upload }: WireRequest) {
    if (upload === undefined) return yield* Effect.die("An import has a body that is read as it comes")
    yield* mayImport(caller)
    const { dryRun, ...how } = yield* Effect.fromResult(toImport(upload.query))
    const room = yield* ImportRoom
    if ((upload.statedBytes ?? 0) > room.bytes) {
      return problem(faultOf("TooLarge", `An import has at most ${room.bytes} bytes`))
    }
    const leave = room.enter()
    if (leave === null) {
      const busy = `${room.atOnce} imports are under way, and more would not fit`
      return problem(faultOf("Unavailable", busy), { "retry-after": "10" })
    }
    upload.whenOver(leave)
    const format = upload.mediaType === "text/csv" ? ("csv" as const) : ("jsonl" as const)
    const reading = { ...how, format, saying, readJson: (text: string) => parseJson(text, "double"), after: 0 }
    const go = yield* beginImport({ upload, limit: room.bytes, reading, dryRun, caller, freshId, freshSalt })
    return {
      status: 200,
      headers: {
        "content-type": "application/x-ndjson; charset=utf-8",
        "cache-control": "no-store",
        // A proxy that gathers what it passes on would hold the progress back.
        "x-accel-buffering": "no"
      },
      stream: (write) => Effect.scoped(Effect.flatMap(linesTo(write, upload.abandon), go))
    } satisfies WireAnswer
  },
  Effect.catchTag("Halted", (halted) => Effect.succeed(problem(halted.problem)))
)

export const importRoutes = [{ ...route("POST", "/v1/imports", importFile), uploads: Object.keys(importTypes) }]
