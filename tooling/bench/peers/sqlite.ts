// What a good engineer writes in an hour: Express, SQLite, one durable transaction a request. No authentication, no
// journal, no outbox, no components, no policies: the floor to compare with, not a ledger.
import { randomUUID } from "node:crypto"
import { DatabaseSync } from "node:sqlite"
import express from "express"
import { listen } from "./listen.ts"
import { sqliteTables } from "./tables.ts"

const database = new DatabaseSync(process.argv[2] ?? ":memory:")
database.exec(sqliteTables)
const begin = database.prepare("BEGIN IMMEDIATE")
const commit = database.prepare("COMMIT")
const rollback = database.prepare("ROLLBACK")
const find = database.prepare("SELECT captured, refunded, currency FROM payment WHERE id = ?")
const insert = database.prepare("INSERT INTO refund VALUES (?, ?, ?, ?, ?, ?)")
const update = database.prepare("UPDATE payment SET refunded = refunded + ? WHERE id = ?")

const app = express()
app.disable("x-powered-by")
app.use(express.json())
app.post("/orders/:id/refunds", (request, response) => {
  const { amount, reason } = request.body as { amount: number; reason?: string }
  if (!Number.isSafeInteger(amount) || amount <= 0) {
    response.status(400).json({ error: "invalid_amount" })
    return
  }
  const id = randomUUID()
  const createdAt = new Date().toISOString()
  begin.run()
  const payment = find.get(request.params.id) as { captured: number; refunded: number; currency: string } | undefined
  if (payment === undefined || payment.captured - payment.refunded < amount) {
    rollback.run()
    response.status(payment === undefined ? 404 : 409).json({ error: "refused" })
    return
  }
  insert.run(id, request.params.id, amount, request.get("idempotency-key") ?? id, reason ?? null, createdAt)
  update.run(amount, request.params.id)
  commit.run()
  response.status(201).json({ id, paymentId: request.params.id, amount, currency: payment.currency, createdAt })
})
listen(app)
