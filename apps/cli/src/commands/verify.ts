/** `refund verify`: every chain of the journal checked, every state recomputed from it. */
import { Effect } from "effect"
import { Command } from "effect/cli"
import { VerifyBody } from "refund-api/LedgerBody"
import { withLedger } from "../connect.ts"
import { Told } from "../failures.ts"
import { answer } from "../output/answer.ts"
import { harmless, type Paint } from "../output/paint.ts"

export const verify = Command.make("verify", {}, () =>
  withLedger(
    Effect.fnUntraced(function* (ledger) {
      const report = yield* ledger.verify
      yield* answer(VerifyBody, report, (paint) => reportInWords(report, paint))
      if (!report.ok) return yield* new Told({ code: 1 })
    })
  )
).pipe(
  Command.withDescription("Check the journal's hash chains, and recompute every order and refund from it"),
  Command.withExamples([{ command: "refund verify", description: "exit code 1 where something does not agree" }])
)

const reportInWords = ({ entries, ok, orders, problem }: VerifyBody, paint: Paint): string => {
  const checked = `${entries} journal entries of ${orders} orders`
  if (ok) return `${paint("green", "The books agree")}: ${checked}`
  const where = problem === null ? "" : `\n  ${harmless(`${problem.chain}, entry ${problem.seq}: ${problem.what}`)}`
  return `${paint("red", "The books do not agree")}, ${checked} looked at${where}`
}
