/** `refund policy show | set`: what the ledger admits at each door, and who must agree. */
import { isDeepStrictEqual } from "node:util"
import { Effect, Option, Result, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { PolicyBody, type PolicyJson, PolicyUpdate, type PolicyUpdateJson } from "refund-api/PolicyBody"
import { doors } from "refund-core/Policy"
import { withLedger } from "../connect.ts"
import { misused } from "../failures.ts"
import { calledBy, objectOf } from "../files.ts"
import { answer } from "../output/answer.ts"
import { policyInWords } from "../output/policy.ts"
import { Shell } from "../Shell.ts"
import { fileFlag } from "./fileNames.ts"

const door = Flag.Literals("door", doors).pipe(
  Flag.withDescription("Where requests come in: the native API, or a dialect")
)

const show = Command.make("show", { door: door.pipe(Flag.optional) }, ({ door }) =>
  withLedger((ledger) =>
    Effect.flatMap(ledger.policy, (policy) =>
      answer(PolicyBody, policy, (paint) => policyInWords(policy, Option.isSome(door) ? [door.value] : doors, paint))
    )
  )
).pipe(
  Command.withDescription("What applies at each door; what the tenant has set differs from the door's default by a *"),
  Command.withExamples([
    { command: "refund policy show --door native" },
    { command: "refund policy show --json > policy.json", description: "change its overrides, and set it again" }
  ])
)

const encode = Schema.encodeSync(PolicyBody)
type Overrides = PolicyUpdateJson["overrides"]

/** What is set beside what was set before; `default` takes a choice back. */
export const changed = (
  overrides: Overrides,
  at: (typeof doors)[number],
  changes: ReadonlyArray<string>
): Result.Result<Overrides, string> => {
  const ofDoor: Record<string, unknown> = { ...overrides[at] }
  for (const change of changes) {
    const [, name = "", text = ""] = /^([A-Za-z]+)=(.*)$/su.exec(change) ?? []
    if (!isChoice(name)) {
      return Result.fail(`--set ${JSON.stringify(change)} must be one of ${choices.join(", ")}, then = and its value`)
    }
    const value = readChoice(name, text)
    if (text === "default") delete ofDoor[name]
    else if (Result.isFailure(value)) return Result.fail(value.failure)
    else ofDoor[name] = value.success
  }
  const { [at]: _, ...others } = overrides
  return Result.succeed(Object.keys(ofDoor).length === 0 ? others : { ...others, [at]: ofDoor })
}

const choices = Object.keys(PolicyBody.fields.policies.fields.native.fields)
const isChoice = (name: string): boolean => choices.includes(name)

const readChoice = (name: string, text: string): Result.Result<unknown, string> => {
  if (name === "approval") {
    const [, minor] = /^above:(\d{1,16})$/.exec(text) ?? []
    if (minor !== undefined) return Result.succeed({ rule: "above", amount: Number(minor) })
    if (text === "never" || text === "always") return Result.succeed({ rule: text })
    return Result.fail(`approval is never, always or above:5000, in minor units; not ${JSON.stringify(text)}`)
  }
  if (name === "fourEyesExcept") return Result.succeed(text === "" ? [] : text.split(","))
  if (name === "creditDays") {
    if (text === "never") return Result.succeed(null)
    return /^\d{1,5}$/.test(text)
      ? Result.succeed(Number(text))
      : Result.fail(`creditDays is a number of days, or never; not ${JSON.stringify(text)}`)
  }
  if (text === "on" || text === "off") return Result.succeed(name === "subtotalRule" ? text : text === "on")
  return Result.succeed(text)
}

const decodeUpdate = Schema.decodeUnknownResult(PolicyUpdate, { onExcessProperty: "error" })

/** As `policy show --json` printed it, with other overrides; or only what is set. */
const fromFile = Effect.fnUntraced(function* (text: string, file: string, now: PolicyJson) {
  const { closedBefore, policies, ...update } = (yield* objectOf(text, file)) as Partial<PolicyJson>
  const read = decodeUpdate(update)
  if (Result.isFailure(read)) return yield* misused(`${file}: ${read.failure.message.replace(/\s+/g, " ")}`)
  const isSameVersion = update.version === now.version
  if (policies !== undefined && isSameVersion && !isDeepStrictEqual(policies, now.policies)) {
    return yield* misused(`${file}: policies are what comes of the overrides, and not set; change the overrides`)
  }
  if (closedBefore !== undefined && isSameVersion && closedBefore !== now.closedBefore) {
    return yield* misused(`${file}: books are closed with \`refund journal close\``)
  }
  return update as PolicyUpdateJson
})

const set = Command.make(
  "set",
  {
    file: fileFlag("file").pipe(
      Flag.withMetavar("<file>"),
      Flag.withDescription("All that differs from the defaults, as `policy show --json` has it; - is standard input"),
      Flag.optional
    ),
    changes: Flag.String("set").pipe(
      Flag.withMetavar("<choice=value>"),
      Flag.withDescription(
        `One choice, once for each: approval=above:5000, fourEyes=off, creditDays=365; default takes it back. There are ${choices.join(", ")}`
      ),
      Flag.atLeast(0)
    ),
    door: door.pipe(Flag.withDefault("native" as const))
  },
  Effect.fnUntraced(function* ({ changes, door, file }) {
    if (Option.isSome(file) === changes.length > 0)
      return yield* misused("Say what to set: a --file, or --set once or more")
    const shell = yield* Shell
    const text = Option.isSome(file) ? yield* shell.readFile(file.value) : null
    yield* withLedger(
      Effect.fnUntraced(function* (ledger) {
        const now = encode(yield* ledger.policy)
        const update =
          text === null
            ? { version: now.version, overrides: yield* overridesWith(now, door, changes) }
            : yield* fromFile(text, calledBy(Option.getOrElse(file, () => "-")), now)
        const policy = yield* ledger.setPolicy(update)
        yield* answer(PolicyBody, policy, (paint) => policyInWords(policy, text === null ? [door] : doors, paint))
      })
    )
  })
).pipe(
  Command.withDescription(
    "Set what a tenant wants otherwise than a door's defaults. A file with a version is refused where somebody was faster"
  ),
  Command.withExamples([
    { command: "refund policy set --set approval=above:50000", description: "others agree from 500.00 on" },
    { command: "refund policy set --door kibo --set overRefund=capture_strict --set components=enforce" },
    { command: "refund policy set --set approval=default" },
    { command: "refund policy set --file policy.json" }
  ])
)

const overridesWith = (now: PolicyJson, door: (typeof doors)[number], changes: ReadonlyArray<string>) => {
  const wanted = changed(now.overrides, door, changes)
  return Result.isSuccess(wanted) ? Effect.succeed(wanted.success) : misused(wanted.failure)
}

export const policy = Command.make("policy").pipe(
  Command.withDescription("What is admitted, and who must agree"),
  Command.withSubcommands([show, set])
)
