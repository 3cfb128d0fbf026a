/** `refund providers show | set`: which accounts the next attempts go to. */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { ProvidersBody, type ProvidersUpdateJson } from "refund-api/ProviderBody"
import { withLedger } from "../connect.ts"
import { Usage } from "../failures.ts"
import { answer } from "../output/answer.ts"
import { providersInWords } from "../output/providers.ts"

const told = (providers: ProvidersBody) =>
  answer(ProvidersBody, providers, (paint) => providersInWords(providers, paint))

const show = Command.make("show", {}, () => withLedger((ledger) => Effect.flatMap(ledger.providers, told))).pipe(
  Command.withDescription("The tenant's account at each provider, and those that it may use"),
  Command.withExamples([{ command: "refund providers show" }])
)

const choice = Argument.String("provider=account").pipe(
  Argument.withDescription("One of the accounts that `providers show` lists; own: the server's own again"),
  Argument.atLeast(1)
)

const changed = (
  { providers, version }: ProvidersBody,
  choices: ReadonlyArray<string>
): Effect.Effect<ProvidersUpdateJson, Usage> => {
  const wanted: Record<string, string> = { ...providers }
  for (const each of choices) {
    const [, provider, account] = /^([^=]+)=(.+)$/su.exec(each) ?? []
    if (provider === undefined || account === undefined) {
      return Effect.fail(
        new Usage({ sentence: `A choice is such as stripe=acme-eu or stripe=own, not ${JSON.stringify(each)}` })
      )
    }
    if (account === "own") delete wanted[provider]
    else wanted[provider] = account
  }
  return Effect.succeed({ version, providers: wanted })
}

const set = Command.make("set", { choices: choice }, ({ choices }) =>
  withLedger((ledger) =>
    ledger.providers.pipe(
      Effect.flatMap((now) => changed(now, choices)),
      Effect.flatMap((update) => ledger.setProviders(update)),
      Effect.flatMap(told)
    )
  )
).pipe(
  Command.withDescription("Choose where the next attempts go; those that are under way stay where they began"),
  Command.withExamples([
    { command: "refund providers set stripe=acme-eu" },
    { command: "refund providers set stripe=own --url https://refunds.example" }
  ])
)

export const providers = Command.make("providers").pipe(
  Command.withDescription("The tenant's accounts at its providers"),
  Command.withSubcommands([show, set])
)
