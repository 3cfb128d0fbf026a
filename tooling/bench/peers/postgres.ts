// What a good engineer writes in an hour on PostgreSQL: Express, a pool, lock – check – insert – update – commit for each
// request. No authentication, no journal, no outbox, no components, no policies.
import { randomUUID } from "node:crypto"
import express from "express"
import pg from "pg"
import { listen } from "./listen.ts"
import { postgresTables } from "./tables.ts"

const pool = new pg.Pool({ connectionString: process.argv[2] ?? "", max: 20 })
await pool.query(postgresTables)
await pool.query("VACUUM ANALYZE payment")

const lock = { name: "lock", text: "SELECT captured, refunded, currency FROM payment WHERE id = $1 FOR UPDATE" }
const insert = {
  name: "insert",
  text: "INSERT INTO refund (id, payment_id, amount, idem_key, reason) VALUES ($1, $2, $3, $4, $5) RETURNING created_at"
}
const update = { name: "update", text: "UPDATE payment SET refunded = refunded + $2 WHERE id = $1" }

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
  const payment = request.params.id
  const client = await pool.connect()
  try {
    await client.query("BEGIN")
    const [found] = (await client.query({ ...lock, values: [payment] })).rows
    if (found === undefined || Number(found.captured) - Number(found.refunded) < amount) {
      await client.query("ROLLBACK")
      response.status(found === undefined ? 404 : 409).json({ error: "refused" })
      return
    }
    const values = [id, payment, amount, request.get("idempotency-key") ?? id, reason]
    const [row] = (await client.query({ ...insert, values })).rows
    await client.query({ ...update, values: [payment, amount] })
    await client.query("COMMIT")
    response.status(201).json({ id, paymentId: payment, amount, currency: found.currency, createdAt: row.created_at })
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {})
    throw error
  } finally {
    client.release()
  }
})
listen(app)
