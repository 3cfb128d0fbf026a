/** `refund order capture | dispute`: money that was taken, and money that a bank took back. */
import { Clock, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { DisputeBody } from "refund-api/DisputeBody"
import { RegisteredBody } from "refund-api/LedgerBody"
import { readAmount, readCurrency } from "../amounts.ts"
import { withLedger } from "../connect.ts"
import { Usage } from "../failures.ts"
import type { Ledger } from "../Ledger.ts"
import { answer } from "../output/answer.ts"
import { harmless } from "../output/paint.ts"
import { timeFlag } from "./times.ts"

const order = Argument.String("order").pipe(Argument.withDescription("The order's id"))
const amount = Argument.String("amount").pipe(
  Argument.withDescription("How much, in the order's currency, such as 19.99")
)
const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description))
const currency = text(
  "currency",
  "<code>",
  "The amount's currency, if it shall be checked; else it is the order's"
).pipe(Flag.optional)

const currencyOf = (ledger: Ledger, orderId: string, said: Option.Option<string>) =>
  Option.isSome(said)
    ? readCurrency(said.value)
    : Effect.flatMap(ledger.order(orderId), (view) => readCurrency(view.currency))

export const capture = Command.make(
  "capture",
  {
    order,
    amount,
    id: text("id", "<id>", "The provider's or your own name for it, unique among all captures"),
    provider: text("provider", "<name>", "Who took it and gives it back: stripe, adyen, manual …"),
    tender: text("tender", "<name>", "What was paid with: card, invoice, cash …"),
    reference: text("reference", "<text>", "The provider's own reference, by which it refunds").pipe(Flag.optional),
    capturedAt: timeFlag("captured-at", "When it was taken, e.g. 2026-11-01T10:00:00Z"),
    onlyAuthorized: Flag.Boolean("only-authorized").pipe(
      Flag.withDescription("It was not taken yet, and counts for nothing until it is"),
      Flag.withDefault(false)
    ),
    authorized: text("authorized", "<amount>", "How much was authorized, where that is more").pipe(Flag.optional),
    currency
  },
  Effect.fnUntraced(function* ({ capturedAt, onlyAuthorized, ...input }) {
    if (Option.isSome(capturedAt) === onlyAuthorized) {
      return yield* new Usage({ sentence: "Say when it was taken with --captured-at, or that it is --only-authorized" })
    }
    yield* withLedger(
      Effect.fnUntraced(function* (ledger) {
        const code = yield* currencyOf(ledger, input.order, input.currency)
        const { authorized, reference } = input
        const body = {
          id: input.id,
          amount: yield* readAmount(input.amount, code, "amount"),
          currency: code,
          provider: input.provider,
          tender: input.tender,
          capturedAt: Option.getOrNull(capturedAt),
          ...(Option.isSome(reference) ? { reference: reference.value } : {}),
          ...(Option.isSome(authorized)
            ? { authorizedAmount: yield* readAmount(authorized.value, code, "--authorized") }
            : {})
        }
        const registered = yield* ledger.addCapture(input.order, body)
        yield* answer(RegisteredBody, registered, () => {
          const what = `Capture ${harmless(input.id)} of order ${harmless(registered.id)}`
          return registered.changed ? `${what} registered` : `${what} is as it was`
        })
      })
    )
  })
).pipe(
  Command.withDescription("Register money that was taken for an order; the same again changes nothing"),
  Command.withExamples([
    {
      command:
        "refund order capture A-1001 10 --id 883 --provider stripe --reference ch_2 --tender card --captured-at 2026-11-02T10:00:00Z"
    },
    { command: "refund order capture A-1001 10 --id 884 --provider manual --tender cash --only-authorized" }
  ])
)

export const dispute = Command.make(
  "dispute",
  {
    order,
    amount,
    id: text("id", "<id>", "The bank's or the provider's name for it"),
    capture: text("capture", "<id>", "The capture that is disputed"),
    state: Flag.Literals("state", DisputeBody.fields.state.literals).pipe(
      Flag.withDescription("open: nothing of its capture is refunded meanwhile; lost: it is subtracted; won: forgotten")
    ),
    at: timeFlag("at", "When; else now"),
    currency
  },
  (input) =>
    withLedger(
      Effect.fnUntraced(function* (ledger) {
        const code = yield* currencyOf(ledger, input.order, input.currency)
        const now = yield* Clock.currentTimeMillis
        const registered = yield* ledger.recordDispute(input.order, {
          id: input.id,
          captureId: input.capture,
          amount: yield* readAmount(input.amount, code, "amount"),
          state: input.state,
          at: Option.getOrElse(input.at, () => new Date(now).toISOString())
        })
        yield* answer(RegisteredBody, registered, () => {
          const what = `Dispute ${harmless(input.id)} of order ${harmless(registered.id)}`
          return registered.changed ? `${what} is ${input.state}` : `${what} was ${input.state} already`
        })
      })
    )
).pipe(
  Command.withDescription("Record a chargeback: opened, then won or lost for good"),
  Command.withExamples([
    { command: "refund order dispute A-1001 10 --id dp_1 --capture 882 --state open" },
    { command: "refund order dispute A-1001 10 --id dp_1 --capture 882 --state lost --at 2026-11-20T00:00:00Z" }
  ])
)
