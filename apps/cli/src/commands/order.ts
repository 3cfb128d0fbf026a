/** `refund order …`: what was bought, what was taken for it, what is left to refund. */
import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { RegisteredBody } from "refund-api/LedgerBody"
import type { OrderJson } from "refund-api/OrderBody"
import { OrderViewBody } from "refund-api/OrderViewBody"
import { OrderId } from "refund-core/Ids"
import { withLedger } from "../connect.ts"
import { misused, type Usage } from "../failures.ts"
import { calledBy, objectOf } from "../files.ts"
import { answer } from "../output/answer.ts"
import { orderInWords } from "../output/order.ts"
import { harmless } from "../output/paint.ts"
import { Shell } from "../Shell.ts"
import { fileArgument } from "./fileNames.ts"
import { capture, dispute } from "./orderFacts.ts"

const put = Command.make(
  "put",
  {
    file: fileArgument("file").pipe(
      Argument.withDescription("The order as JSON, as in PUT /v1/orders/{id}; - reads standard input")
    ),
    id: Flag.String("id").pipe(Flag.withDescription('The order\'s id, where the file has no "id"'), Flag.optional)
  },
  Effect.fnUntraced(function* ({ file, id }) {
    const shell = yield* Shell
    const name = calledBy(file)
    const read = yield* readOrder(yield* shell.readFile(file), name)
    const orderId = Option.getOrUndefined(id) ?? read.id
    if (orderId === undefined) return yield* misused(`${name} has no "id": say which order it is with --id`)
    if (read.id !== undefined && read.id !== orderId)
      return yield* misused(`${name} is order ${read.id}, not ${orderId}`)
    if (!isOrderId(orderId)) {
      return yield* misused('An order\'s "id" is a text of 1 to 255 characters, none of them a control character')
    }
    yield* withLedger(
      (ledger) =>
        Effect.flatMap(ledger.putOrder(orderId, read.order), (registered) =>
          answer(RegisteredBody, registered, () => `Order ${harmless(registered.id)} ${happened(registered)}`)
        ),
      { makesFile: true }
    )
  })
).pipe(
  Command.withDescription(
    "Register an order with its captures, or merge what is new; the same content again changes nothing"
  ),
  Command.withExamples([
    { command: "refund order put order.json", description: "the file has the order's id" },
    { command: "refund order put - --id A-1001 < order.json", description: "from standard input" }
  ])
)

const isOrderId = Schema.is(OrderId)

const happened = ({ changed, created }: RegisteredBody): string =>
  created ? "registered" : changed ? "changed" : "is as it was"

/** The file may hold its id, which the API has in its path. What the rest must look like, the ledger says. */
const readOrder = (
  text: string,
  name: string
): Effect.Effect<{ readonly id: string | undefined; readonly order: OrderJson }, Usage> =>
  Effect.flatMap(objectOf(text, name), ({ id, ...order }) =>
    id === undefined || typeof id === "string"
      ? Effect.succeed({ id, order: order as unknown as OrderJson })
      : misused(`${name}: id must be a string`)
  )

const show = Command.make(
  "show",
  { id: Argument.String("order").pipe(Argument.withDescription("The order's id")) },
  ({ id }) =>
    withLedger((ledger) =>
      Effect.flatMap(ledger.order(id), (order) => answer(OrderViewBody, order, (paint) => orderInWords(order, paint)))
    )
).pipe(
  Command.withDescription("An order's figures – collected, refunded, held, disputed, refundable – and its refunds"),
  Command.withExamples([
    { command: "refund order show A-1001" },
    { command: "refund order show A-1001 --json", description: "the same figures as JSON, in minor units" }
  ])
)

export const order = Command.make("order").pipe(
  Command.withDescription("Register orders, what was taken for them and charged back, and read their figures"),
  Command.withSubcommands([put, show, capture, dispute])
)
