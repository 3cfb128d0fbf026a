/** The whole command line: reads arguments, runs a command, answers its exit code. */
import { Cause, Effect, Exit, Layer } from "effect"
import { CliConfig, type CliError, CliOutput, Command, GlobalFlag } from "effect/cli"
import { audit } from "./commands/audit.ts"
import { checkpoint } from "./commands/checkpoint.ts"
import { config } from "./commands/config.ts"
import { credit } from "./commands/credit.ts"
import { approve, cancel, deny, resolve, retry, reverse, settle, undo } from "./commands/decide.ts"
import { doctor } from "./commands/doctor.ts"
import { events } from "./commands/events.ts"
import { exportAll } from "./commands/export.ts"
import { importFile } from "./commands/import.ts"
import { inbox } from "./commands/inbox.ts"
import { journal } from "./commands/journal.ts"
import { keys } from "./commands/keys.ts"
import { list, show } from "./commands/list.ts"
import { order } from "./commands/order.ts"
import { copy, migrate } from "./commands/places.ts"
import { policy } from "./commands/policy.ts"
import { providers } from "./commands/providers.ts"
import { prune } from "./commands/prune.ts"
import { reconcileReport } from "./commands/reconcile.ts"
import { redact } from "./commands/redact.ts"
import { report } from "./commands/report.ts"
import { preview, request } from "./commands/request.ts"
import { serve, worker } from "./commands/serve.ts"
import { verify } from "./commands/verify.ts"
import { webhooks } from "./commands/webhooks.ts"
import { type ExitCode, exitCodeOf, type Failure } from "./failures.ts"
import { harmless } from "./output/paint.ts"
import { problemInWords } from "./output/violations.ts"
import { Shell } from "./Shell.ts"
import { settings } from "./settings.ts"
import { version } from "./version.ts"

export const refund = Command.make("refund").pipe(
  Command.withDescription(
    "The refund ledger from a shell, on its file or against a server. Exit codes: 0 done, 1 rejected, 2 used wrongly, 3 unavailable."
  ),
  Command.withSubcommands([
    serve,
    worker,
    order,
    request,
    preview,
    approve,
    undo,
    deny,
    cancel,
    retry,
    settle,
    resolve,
    reverse,
    list,
    show,
    credit,
    events,
    webhooks,
    inbox,
    importFile,
    exportAll,
    reconcileReport,
    report,
    verify,
    checkpoint,
    journal,
    audit,
    policy,
    providers,
    keys,
    redact,
    prune,
    config,
    doctor,
    copy,
    migrate
  ]),
  Command.withGlobalFlags(settings)
)

/** What was asked for goes to standard output, what went wrong to standard error. */
const presenter = (shell: Shell["Service"]): CliOutput.Presenter => {
  const formatter = (colors: boolean) => CliOutput.defaultFormatter({ colors, globalFlags: "summary" })
  return {
    present: (event) =>
      Effect.sync(() => {
        switch (event._tag) {
          case "Help":
            if (event.reason === "Requested")
              shell.print(formatter(shell.hasColor.printed).formatHelpDoc(event.helpDoc))
            else shell.tell(formatter(shell.hasColor.told).formatHelpDoc(event.helpDoc))
            return
          case "InvalidInvocation":
            shell.tell(formatter(shell.hasColor.told).formatErrors(event.errors).trim())
            shell.tell(`\nSee ${event.commandPath.join(" ")} --help`)
            return
          case "Version":
            shell.print(formatter(shell.hasColor.printed).formatVersion(event.name, event.version))
        }
      })
  }
}

const commandLine = Command.runWith(refund, { version })

/** Answers the exit code; every failure has been said by then. */
export const run = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  const shell = yield* Shell
  const surroundings = Layer.mergeAll(
    CliOutput.layerPresenter(presenter(shell)),
    CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })
  )
  const exit = yield* Effect.exit(commandLine(args).pipe(Effect.provide(surroundings)))
  if (Exit.isSuccess(exit)) return 0
  const failure = Cause.findErrorOption(exit.cause)
  if (failure._tag === "Some") return said(shell, failure.value)
  shell.tell(`A defect of this program, please report it: ${Cause.pretty(exit.cause)}`)
  return 3
})

const said = ({ paint, tell }: Shell["Service"], failure: Failure | CliError.CliError): ExitCode => {
  switch (failure._tag) {
    case "Refused":
      tell(problemInWords(failure.problem, paint.told))
      break
    case "Usage":
    case "Unavailable":
      tell(harmless(failure.message))
      break
    case "Told":
      break
    default:
      // The presenter has said it.
      return 2
  }
  return exitCodeOf(failure)
}
