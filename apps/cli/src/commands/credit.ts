/** `refund credit show | spend`: what a customer is owed, and how it pays for an order. */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CreditBody, SpentBody } from "refund-api/CreditBody"
import { readAmount, readCurrency } from "../amounts.ts"
import { withLedger } from "../connect.ts"
import { answer } from "../output/answer.ts"
import { creditInWords, spentInWords } from "../output/credit.ts"

const customer = Argument.String("customer").pipe(Argument.withDescription("The customer's id"))

const show = Command.make("show", { customer }, ({ customer }) =>
  withLedger((ledger) =>
    Effect.flatMap(ledger.credit(customer), (credit) =>
      answer(CreditBody, credit, (paint) => creditInWords(credit, paint))
    )
  )
).pipe(
  Command.withDescription("What a customer is owed in store credit: its lots, until when they are good, its journal"),
  Command.withExamples([{ command: "refund credit show c-7" }, { command: "refund credit show c-7 --json" }])
)

const spend = Command.make(
  "spend",
  {
    customer,
    order: Argument.String("order").pipe(Argument.withDescription("The order that is paid with it")),
    amount: Argument.String("amount").pipe(Argument.withDescription("How much, such as 19.99")),
    id: Flag.String("id").pipe(
      Flag.withDescription("Your name for the payment: the capture it becomes; the same again is spent once")
    ),
    currency: Flag.String("currency").pipe(
      Flag.withMetavar("<code>"),
      Flag.withDescription("The account's currency; else the order's"),
      Flag.optional
    )
  },
  ({ amount, currency, customer, id, order }) =>
    withLedger(
      Effect.fnUntraced(function* (ledger) {
        const code = yield* Option.isSome(currency)
          ? readCurrency(currency.value)
          : Effect.flatMap(ledger.order(order), (view) => readCurrency(view.currency))
        const body = { id, orderId: order, amount: yield* readAmount(amount, code, "amount"), currency: code }
        const spent = yield* ledger.spendCredit(customer, body)
        yield* answer(SpentBody, spent, (paint) => spentInWords(spent, paint))
      })
    )
).pipe(
  Command.withDescription("Pay for an order with the customer's store credit: it becomes a capture of the order"),
  Command.withExamples([
    { command: "refund credit spend c-7 A-1002 5 --id credit-A-1002" },
    { command: "refund credit spend c-7 A-1002 5 --id credit-A-1002 --currency USD --json" }
  ])
)

export const credit = Command.make("credit").pipe(
  Command.withDescription("Customers' store credit"),
  Command.withSubcommands([show, spend])
)
