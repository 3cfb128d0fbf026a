/** A ledger of a thousand entries that has something in every table which the audit answers for, and what of it is one order's. */
import type { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { TenantId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import * as settings from "refund-testkit/buildSettings"

export const { tenant } = B.caller()
/** Has settings and nothing else, so that they are not audited again for each order. */
export const settled = TenantId.make("settled")

/** By how many refunds of theirs were paid: each has an entry for the order, and three for each refund. */
const paid = [...Array<number>(200).fill(1), ...Array<number>(11).fill(3)]
const credited = 7
export const orders = paid.length + credited
/** 200 × 4 and 11 × 10 of orders, 7 × (5 + 4) of orders whose refunds go to credit, and 27 of settings. */
export const entries = { ofOrders: 973, ofSettings: 27 }

const texts = (n: number) => ({ salt: `salt ${n}`, note: `returned by ${n}`, reason: "broken" })

export const written = Effect.gen(function* () {
  const { execute } = yield* Refunds
  let next = 0
  for (const [n, refunds] of paid.entries()) {
    const order = `o-${String(n).padStart(3, "0")}`
    const orderTexts = { salt: `s${n}`, lines: { "1": "Mug" }, vendor: {}, captures: {} }
    const captures = [B.capture(`c-${n}`, 100n, { reference: `ch-${n}` })]
    yield* execute(B.register(B.order({ lines: [B.line("1", 100n)], captures }), { id: order, texts: orderTexts }))
    for (let r = 1; r <= refunds; r++) {
      const id = B.refundId(++next)
      yield* execute(B.request({ amount: 7n, order, id, key: `key ${n}-${r}`, texts: texts(n) }))
      yield* execute(B.begin(id))
      yield* execute(B.told(id, B.paid(7n, { reference: `re-${n}-${r}` })))
    }
  }
  for (let n = 0; n < credited; n++) {
    const order = `p-${n}`
    const captures = [B.capture(`d-${n}`), B.capture(`e-${n}`)]
    yield* execute(B.register(B.order({ captures, customer: `customer-${n}` }), { id: order }))
    for (let r = 1; r <= 4; r++) {
      yield* execute(B.request({ amount: 5n, order, id: B.refundId(++next), destination: "store_credit" }))
    }
  }
  const caller = B.caller({ tenant: settled })
  for (let n = 0; n < 13; n++) yield* execute(B.policy({ creditDays: n + 1 }, { caller }))
  for (let n = 0; n < 13; n++) yield* execute({ ...settings.createKey(settings.apiKey(`key ${n}`)), caller })
  yield* execute({ ...settings.revokeKey(settings.apiKey("key 0").hash), caller })
})

/** Leaves the rows of one order, with its customer's account; of none: those of the settings. */
export const leaveOnly = (db: DatabaseSync, order: string | null): void => {
  const of = db.prepare("SELECT no, customer_id FROM orders WHERE id = ?").get(order)
  const no = Number(of?.["no"] ?? 0)
  const customer = typeof of?.["customer_id"] === "string" ? of["customer_id"] : ""
  const account = Number(db.prepare("SELECT no FROM accounts WHERE customer_id = ?").get(customer)?.["no"] ?? 0)
  const chains = order === null ? "chain < 0" : `chain IN (${no}, ${account === 0 ? 0 : 2 ** 52 + account})`
  db.exec(`DELETE FROM journal WHERE NOT (${chains});
    DELETE FROM refunds WHERE order_no <> ${no}; DELETE FROM registrations WHERE order_no <> ${no};
    DELETE FROM captures WHERE order_no <> ${no}; DELETE FROM orders WHERE no <> ${no};
    DELETE FROM accounts WHERE no <> ${account};
    DELETE FROM former_references WHERE refund_no NOT IN (SELECT no FROM refunds)`)
  if (order !== null) db.exec(`DELETE FROM keys; DELETE FROM tenants WHERE id = '${settled}'`)
  else db.exec(`DELETE FROM tenants WHERE id <> '${settled}'`)
}
