/** `refund request` and `refund preview`: the same question, with and without the commit. */
import { randomUUID } from "node:crypto"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { RefundOrGroup } from "refund-api/Client"
import { PreviewBody } from "refund-api/OrderViewBody"
import type { RefundRequestJson } from "refund-api/RefundRequest"
import type { CurrencyCode } from "refund-core/Currency"
import { Destination, RefundType } from "refund-core/Refund"
import { readAmount, readCurrency } from "../amounts.ts"
import { withLedger } from "../connect.ts"
import { misused, Told, Unavailable, type Usage } from "../failures.ts"
import { jsonOf } from "../files.ts"
import type { Ledger } from "../Ledger.ts"
import { answer } from "../output/answer.ts"
import { madeInWords, previewInWords } from "../output/refund.ts"
import { Shell } from "../Shell.ts"
import { timeFlag } from "./times.ts"

const text = (name: string, description: string, metavar = "<text>") =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)
const yes = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

const asked = {
  order: Argument.String("order").pipe(Argument.withDescription("The order's id")),
  amount: Argument.String("amount").pipe(
    Argument.withDescription("How much, in the order's currency, such as 19.99; or all that is left on --capture: all")
  ),
  capture: text("capture", "The capture to refund to", "<id>"),
  line: text("line", "The order's line that is refunded", "<id>"),
  type: Flag.Literals("type", RefundType.literals).pipe(
    Flag.withDescription("What is refunded; instance_cost is a cost the customer bears"),
    Flag.withDefault("default")
  ),
  destination: Flag.Literals("destination", Destination.literals).pipe(
    Flag.withDescription("Where the money goes"),
    Flag.withDefault("original")
  ),
  currency: text("currency", "The amount's currency, if it shall be checked; else it is the order's", "<code>"),
  reason: text("reason", "Why"),
  note: text("note", "More about why"),
  reference: text("reference", "Your own name for it, such as RMA-1"),
  author: text("author", "Who wrote the note"),
  metadata: text("metadata", "A JSON object to keep with it", "<json>"),
  tax: text("tax", "The part of the amount that is tax, restated", "<amount>"),
  discounts: text("discounts", "The part that is discounts, restated", "<amount>"),
  settled: yes("settled", "The money has moved already: record it, pay nothing"),
  settledAt: timeFlag("settled-at", "When it moved, beside --settled"),
  requiresApproval: yes("requires-approval", "Wait for another person's consent"),
  skipEvents: yes("skip-events", "Tell no webhook and no feed")
}

type Asked = Command.Command.Config.Infer<typeof asked>

const body = Effect.fnUntraced(function* (ledger: Ledger, input: Asked) {
  if (input.amount === "all" && Option.isNone(input.capture)) {
    return yield* misused("all is what is left on a capture: say on which with --capture")
  }
  if (Option.isSome(input.settledAt) && !input.settled) {
    return yield* misused("--settled-at is when money moved: say that it did with --settled")
  }
  const currency = yield* currencyOf(ledger, input)
  const decimal = (name: string, value: Option.Option<string>) =>
    Option.isNone(value) ? Effect.succeed(undefined) : readAmount(value.value, currency, name)
  const amount = input.amount === "all" ? "all" : yield* readAmount(input.amount, currency, "amount")
  const stated = {
    captureId: Option.getOrUndefined(input.capture),
    lineId: Option.getOrUndefined(input.line),
    currency: Option.getOrUndefined(input.currency),
    reason: Option.getOrUndefined(input.reason),
    note: Option.getOrUndefined(input.note),
    reference: Option.getOrUndefined(input.reference),
    author: Option.getOrUndefined(input.author),
    metadata: yield* metadataOf(input.metadata),
    tax: yield* decimal("--tax", input.tax),
    discounts: yield* decimal("--discounts", input.discounts),
    settledAt: Option.getOrUndefined(input.settledAt)
  }
  const { destination, requiresApproval, settled, skipEvents, type } = input
  return {
    ...JSON.parse(JSON.stringify(stated)),
    amount,
    type,
    destination,
    settled,
    requiresApproval,
    skipEvents
  } as RefundRequestJson
})

/** A decimal means nothing without its currency: the one that is said, else the order's. */
const currencyOf = (
  ledger: Ledger,
  { currency, order }: Asked
): Effect.Effect<CurrencyCode, Effect.Error<ReturnType<Ledger["order"]>>> =>
  Option.isSome(currency)
    ? readCurrency(currency.value)
    : Effect.flatMap(ledger.order(order), (view) => readCurrency(view.currency))

const metadataOf = (json: Option.Option<string>): Effect.Effect<unknown, Usage> => {
  return Option.isNone(json) ? Effect.succeed(undefined) : jsonOf(json.value, "--metadata")
}

export const request = Command.make(
  "request",
  {
    ...asked,
    id: text("id", "A UUID of your own for the refund", "<uuid>"),
    idempotencyKey: text("idempotency-key", "Your name for this intent: a repeat makes no second refund", "<key>"),
    wait: Flag.Int("wait").pipe(
      Flag.withMetavar("<seconds>"),
      Flag.withDescription("Wait for the outcome, at most this long"),
      Flag.filter(
        (seconds) => seconds >= 0 && seconds <= 30,
        () => "from 0 to 30 seconds"
      ),
      Flag.optional
    )
  },
  (input) =>
    withLedger(
      Effect.fnUntraced(function* (ledger) {
        const id = Option.getOrUndefined(input.id)
        const named = Option.getOrUndefined(input.idempotencyKey)
        const key = named ?? (id === undefined ? `cli-${randomUUID()}` : undefined)
        const made = yield* ledger
          .request(
            input.order,
            { ...(yield* body(ledger, input)), ...(id === undefined ? {} : { id }) },
            {
              ...(key === undefined ? {} : { idempotencyKey: key }),
              ...(Option.isSome(input.wait) && input.wait.value > 0 ? { waitSeconds: input.wait.value } : {})
            }
          )
          .pipe(Effect.mapError((failure) => (failure._tag === "Unavailable" ? repeatable(failure, key) : failure)))
        if (made.replayed) (yield* Shell).tell("This was requested before: nothing was made now.")
        if (made.stillOpen) (yield* Shell).tell("The outcome is not known yet; `refund show` tells it later.")
        yield* answer(RefundOrGroup, made.refund, (paint) => madeInWords(made.refund, paint))
      })
    )
).pipe(
  Command.withDescription("Request a refund"),
  Command.withExamples([
    { command: "refund request A-1001 19.99 --capture 882 --reason return" },
    {
      command: "refund request A-1001 all --capture 882 --idempotency-key rma-7 --wait 5",
      description: "all that is left, once, and wait for the outcome"
    },
    { command: "refund request A-1001 5 --type shipping --destination store_credit --requires-approval" }
  ])
)

/** Nobody knows whether it was made; a repeat is safe under the same key only. */
const repeatable = ({ detail }: Unavailable, key: string | undefined): Unavailable =>
  new Unavailable({
    detail:
      key === undefined
        ? `${detail}. Run the same command again: its --id keeps it from being paid twice`
        : `${detail}. To try again without paying twice, add --idempotency-key ${key}`
  })

export const preview = Command.make("preview", asked, (input) =>
  withLedger(
    Effect.fnUntraced(function* (ledger) {
      const previewed = yield* ledger.preview(input.order, yield* body(ledger, input))
      yield* answer(PreviewBody, previewed, (paint) => previewInWords(previewed, paint))
      if (!previewed.accepted) return yield* new Told({ code: 1 })
    })
  )
).pipe(
  Command.withDescription(
    "What a request would do: the refunds it would make, or every rule it breaks; and what is left"
  ),
  Command.withExamples([
    { command: "refund preview A-1001 19.99 --capture 882" },
    { command: "refund preview A-1001 500 --json", description: "exit code 1 where it would be rejected" }
  ])
)
