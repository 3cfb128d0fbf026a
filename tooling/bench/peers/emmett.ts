// An event-sourced refund on a library made for that: @event-driven-io/emmett's PostgreSQL store behind Express. It keeps
// events and versions; keys, figures of parts, postings, hashes and an outbox it does not.
import { randomUUID } from "node:crypto"
import { CommandHandler, type Event } from "@event-driven-io/emmett"
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql"
import express from "express"
import { listen } from "./listen.ts"
import { paymentCount } from "./tables.ts"

type Captured = Event<"Captured", { readonly amount: number; readonly currency: string }>
type Refunded = Event<"Refunded", { readonly id: string; readonly amount: number; readonly reason: string | null }>

interface State {
  readonly captured: number
  readonly refunded: number
}

const store = getPostgreSQLEventStore(process.argv[2] ?? "")
await store.schema.migrate()

const evolve = (state: State, event: Captured | Refunded): State =>
  event.type === "Captured"
    ? { ...state, captured: state.captured + event.data.amount }
    : { ...state, refunded: state.refunded + event.data.amount }
const handle = CommandHandler<State, Captured | Refunded>({
  evolve,
  initialState: () => ({ captured: 0, refunded: 0 }),
  retry: { onVersionConflict: 20 }
})

/** Streams get long: what each request reads is all that was refunded of its payment. */
for (let first = 1; first <= paymentCount; first += 50) {
  const some = Array.from({ length: Math.min(50, paymentCount - first + 1) }, (_, index) => first + index)
  const captured: Captured = { type: "Captured", data: { amount: 1e12, currency: "USD" } }
  await Promise.all(some.map((id) => store.appendToStream(`payment-${id}`, [captured])))
}

const app = express()
app.disable("x-powered-by")
app.use(express.json())
app.post("/orders/:id/refunds", async (request, response) => {
  const { amount, reason = null } = request.body as { amount: number; reason?: string }
  if (!Number.isSafeInteger(amount) || amount <= 0) {
    response.status(400).json({ error: "invalid_amount" })
    return
  }
  const id = randomUUID()
  let isRefused = false
  await handle(store, `payment-${request.params.id}`, (state): Array<Refunded> => {
    isRefused = state.captured - state.refunded < amount
    return isRefused ? [] : [{ type: "Refunded", data: { id, amount, reason } }]
  })
  if (isRefused) response.status(409).json({ error: "refused" })
  else response.status(201).json({ id, paymentId: request.params.id, amount, createdAt: new Date().toISOString() })
})
listen(app)
