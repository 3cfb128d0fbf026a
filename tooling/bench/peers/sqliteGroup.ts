// The same endpoint by whoever knows that a commit costs more than what is in it: all requests of one turn of the event
// loop are one durable transaction. Still no authentication, no journal, no outbox, no components, no policies.
import { randomUUID } from "node:crypto"
import { DatabaseSync } from "node:sqlite"
import express, { type Response } from "express"
import { listen } from "./listen.ts"
import { sqliteTables } from "./tables.ts"

const database = new DatabaseSync(process.argv[2] ?? ":memory:")
database.exec(sqliteTables)
const find = database.prepare("SELECT captured, refunded, currency FROM payment WHERE id = ?")
const insert = database.prepare("INSERT INTO refund VALUES (?, ?, ?, ?, ?, ?)")
const update = database.prepare("UPDATE payment SET refunded = refunded + ? WHERE id = ?")

interface Waiting {
  readonly payment: string
  readonly amount: number
  readonly reason: string | null
  readonly key: string
  readonly response: Response
}

let waiting: Array<Waiting> = []

const decide = ({ amount, key, payment, reason }: Waiting): readonly [number, object] => {
  const found = find.get(payment) as { captured: number; refunded: number; currency: string } | undefined
  if (found === undefined) return [404, { error: "refused" }]
  if (found.captured - found.refunded < amount) return [409, { error: "refused" }]
  const id = randomUUID()
  const createdAt = new Date().toISOString()
  insert.run(id, payment, amount, key, reason, createdAt)
  update.run(amount, payment)
  return [201, { id, paymentId: payment, amount, currency: found.currency, createdAt }]
}

const flush = (): void => {
  const batch = waiting
  waiting = []
  database.exec("BEGIN IMMEDIATE")
  const answers = batch.map(decide)
  database.exec("COMMIT")
  batch.forEach(({ response }, index) => {
    const [status, body] = answers[index] ?? [500, {}]
    response.status(status).json(body)
  })
}

const app = express()
app.disable("x-powered-by")
app.use(express.json())
app.post("/orders/:id/refunds", (request, response) => {
  const { amount, reason = null } = request.body as { amount: number; reason?: string }
  if (!Number.isSafeInteger(amount) || amount <= 0) {
    response.status(400).json({ error: "invalid_amount" })
    return
  }
  if (waiting.length === 0) setImmediate(flush)
  const key = request.get("idempotency-key") ?? randomUUID()
  waiting.push({ payment: request.params.id, amount, reason, key, response })
})
listen(app)
