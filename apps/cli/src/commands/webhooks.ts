/** `refund webhooks …`: where events are sent, the secrets they are signed with, and what became of each delivery. */
import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import {
  DeliveriesBody,
  type DeliveryQueryJson,
  EndpointBody,
  EndpointsBody,
  ReplayedBody
} from "refund-api/EndpointBody"
import { Endpoint } from "refund-core/Settings"
import { withLedger } from "../connect.ts"
import { Usage } from "../failures.ts"
import type { Ledger } from "../Ledger.ts"
import { answer } from "../output/answer.ts"
import { harmless } from "../output/paint.ts"
import { deliveriesInWords, endpointInWords, endpointsInWords } from "../output/webhooks.ts"
import { Shell } from "../Shell.ts"

const id = Argument.String("endpoint").pipe(Argument.withDescription("The endpoint's id"))

const list = Command.make("list", {}, () =>
  withLedger((ledger) =>
    Effect.flatMap(ledger.endpoints, (endpoints) =>
      answer(EndpointsBody, endpoints, (paint) => endpointsInWords(endpoints, paint))
    )
  )
).pipe(Command.withDescription("Where events are sent"), Command.withExamples([{ command: "refund webhooks list" }]))

/** Whoever receives needs it, and it is nowhere to be read again. */
const shownOnce = Effect.fnUntraced(function* (endpoint: EndpointBody) {
  yield* answer(EndpointBody, endpoint, (paint) => endpointInWords(endpoint, paint))
  if (endpoint.secret !== undefined) (yield* Shell).tell("This is the only time the secret is shown.")
})

const add = Command.make(
  "add",
  {
    url: Argument.String("url").pipe(Argument.withDescription("Where to send them, https: or http:")),
    events: Flag.String("event").pipe(
      Flag.withMetavar("<type>"),
      Flag.withDescription(
        "What it listens to, once for each: refund.settled, refund.*; else everything, or what it did"
      ),
      Flag.atLeast(0)
    ),
    name: Flag.String("id").pipe(
      Flag.withDescription("Its name; else it is given one. Of one that is there: change it"),
      Flag.optional
    ),
    form: Flag.Literals("form", Endpoint.fields.form.literals).pipe(
      Flag.withDescription("Standard Webhooks, or a vendor's own form"),
      Flag.withDefault("standard")
    ),
    disabled: Flag.Boolean("disabled").pipe(Flag.withDescription("Send nothing there for now"), Flag.withDefault(false))
  },
  ({ disabled, events, form, name, url }) =>
    withLedger(
      Effect.fnUntraced(function* (ledger) {
        const said = events.length > 0 ? events : yield* eventsOf(ledger, Option.getOrNull(name))
        const body = { url, events: said, form, enabled: !disabled }
        const put = Option.isSome(name) ? ledger.putEndpoint(name.value, body) : ledger.addEndpoint(body)
        yield* Effect.flatMap(put, shownOnce)
      })
    )
).pipe(
  Command.withDescription("Have events sent somewhere, from now on; the secret that signs them is printed this once"),
  Command.withExamples([
    { command: "refund webhooks add https://shop.example/refunds" },
    { command: "refund webhooks add https://shop.example/refunds --event 'refund.*' --event 'approval.*'" },
    { command: "refund webhooks add https://erp.example/in --id erp --event refund.created --form geins" }
  ])
)

/** One that is there and is changed in something else goes on listening to what it did. */
const eventsOf = (ledger: Ledger, id: string | null) =>
  id === null
    ? Effect.succeed(["*"])
    : Effect.map(ledger.endpoints, ({ endpoints }) => endpoints.find((each) => each.id === id)?.events ?? ["*"])

const remove = Command.make("remove", { id }, ({ id }) =>
  withLedger((ledger) =>
    Effect.andThen(
      ledger.removeEndpoint(id),
      answer(Schema.Struct({ removed: Schema.String }), { removed: id }, () => `Endpoint ${harmless(id)} removed`)
    )
  )
).pipe(
  Command.withDescription("Send nothing there any more, and forget its secrets"),
  Command.withExamples([{ command: "refund webhooks remove erp" }])
)

const rotate = Command.make(
  "rotate",
  {
    id,
    finish: Flag.Boolean("finish").pipe(
      Flag.withDescription("The receiver knows the new secret: the old one signs no longer"),
      Flag.withDefault(false)
    )
  },
  ({ finish, id }) =>
    withLedger((ledger) => Effect.flatMap(finish ? ledger.dropOldSecret(id) : ledger.rotateSecret(id), shownOnce))
).pipe(
  Command.withDescription("Sign with a new secret; the one before signs along until --finish, or the next rotation"),
  Command.withExamples([
    { command: "refund webhooks rotate erp" },
    { command: "refund webhooks rotate erp --finish", description: "once the receiver has the new one" }
  ])
)

const replayed = ({ replayed }: ReplayedBody) =>
  answer(
    ReplayedBody,
    { replayed },
    () => `${replayed} ${replayed === 1 ? "delivery" : "deliveries"} will be sent again`
  )

const replay = Command.make(
  "replay",
  {
    id: Argument.String("endpoint").pipe(
      Argument.withDescription("The endpoint whose dead deliveries are sent again"),
      Argument.optional
    ),
    delivery: Flag.String("delivery").pipe(
      Flag.withMetavar("<number>"),
      Flag.withDescription("Only this one, dead or delivered"),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* ({ delivery, id }) {
    if (Option.isSome(delivery) === Option.isSome(id)) {
      return yield* new Usage({ sentence: "Name an endpoint, or one --delivery" })
    }
    yield* withLedger((ledger) =>
      Effect.flatMap(
        Option.isSome(delivery)
          ? ledger.replayDelivery(delivery.value)
          : ledger.replayEndpoint(Option.getOrElse(id, () => "")),
        replayed
      )
    )
  })
).pipe(
  Command.withDescription("Send again what was given up on, from the first try"),
  Command.withExamples([
    { command: "refund webhooks replay erp" },
    { command: "refund webhooks replay --delivery 4711" }
  ])
)

const deliveries = Command.make(
  "deliveries",
  {
    id,
    state: Flag.Literals("state", ["waiting", "delivered", "dead"]).pipe(
      Flag.withDescription("Only those in this state"),
      Flag.optional
    ),
    limit: Flag.String("limit").pipe(
      Flag.withMetavar("<number>"),
      Flag.withDescription("At most so many, 1 to 200; else 50"),
      Flag.optional
    ),
    before: Flag.String("before").pipe(
      Flag.withMetavar("<number>"),
      Flag.withDescription("Go on where the page before ended"),
      Flag.optional
    )
  },
  ({ id, ...filter }) => {
    const query: DeliveryQueryJson = Object.fromEntries(
      Object.entries(filter).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
    )
    return withLedger((ledger) =>
      Effect.flatMap(ledger.deliveries(id, query), (page) =>
        answer(DeliveriesBody, page, (paint) => deliveriesInWords(page, paint))
      )
    )
  }
).pipe(
  Command.withDescription("What became of each delivery to an endpoint, newest first"),
  Command.withExamples([{ command: "refund webhooks deliveries erp --state dead" }])
)

export const webhooks = Command.make("webhooks").pipe(
  Command.withDescription("Where the ledger's events are sent"),
  Command.withSubcommands([list, add, remove, rotate, replay, deliveries])
)
