/** The same order, refunded alternately through the five dialects and the native API. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Complaints } from "../../../../packages/refund-dialects/test/support/judge.ts"
import { judgesOf } from "../support/judged.ts"
import { type RawAnswer, rawClient } from "../support/raw.ts"
import { startServer, type TestServer } from "../support/server.ts"
import { decideStep, drawStep, keys, random, refundIdOf, type Shown, type Step } from "./oneOrder.ts"

const steps = 1_000
const seeds =
  process.env["REFUND_TEST_DEEP"] !== undefined
    ? [20_261_122, 1, 2, 3]
    : [Number(process.env["REFUND_TEST_SEED"] ?? 20_261_122)]
const order = "9001"
const quietStates = new Set(["settled", "failed", "denied", "canceled", "pending_approval", "pending"])

let server: TestServer
let raw: ReturnType<typeof rawClient>
let judges: ReadonlyMap<string, Complaints>
const open = async () => {
  server = await startServer({ keys: `one:*:${keys.one},two:*:${keys.two}` })
  raw = rawClient(server.url)
  judges = await judgesOf(server.url)
}
const close = async () => {
  raw.close()
  await server.stop()
}

const get = async (
  path: string,
  headers: Readonly<Record<string, string>> = { authorization: `Bearer ${keys.one}` }
) => {
  const answer = await raw.ask({ method: "GET", path, headers })
  expect([path, answer.status], answer.text.slice(0, 300)).toEqual([path, 200])
  return JSON.parse(answer.text)
}

/** A view of the order has all its refunds: it is asked for once it is quiet. */
const isQuiet = async (): Promise<boolean> => {
  const underWay = ["approved", "submitting", "unknown"].map((state) =>
    get(`/v1/refunds?orderId=${order}&state=${state}&limit=1`)
  )
  return (await Promise.all(underWay)).every(({ refunds }) => refunds.length === 0)
}

/** Once nobody is being asked to pay any more. */
const shown = async (): Promise<Shown> => {
  for (;;) {
    while (!(await isQuiet())) await new Promise((soon) => setTimeout(soon, 3))
    const view: Shown = await get(`/v1/orders/${order}`)
    // The states are looked at one by one: a refund may have gone from one to the next meanwhile.
    if (view.refunds.every(({ state }) => quietStates.has(state))) return view
  }
}

let captures = 0
const capture = (amount: number, reference: string) => ({
  id: String(9_100 + ++captures),
  amount,
  provider: "simulator",
  reference,
  tender: "card",
  capturedAt: "2026-01-01T10:00:00Z",
  vendor: { maverick: { terminal: { id: 24 } } }
})

const register = async (taken: ReadonlyArray<ReturnType<typeof capture>>) => {
  const answer = await raw.ask({
    method: "PUT",
    path: `/v1/orders/${order}`,
    headers: { authorization: `Bearer ${keys.one}`, "content-type": "application/json" },
    body: JSON.stringify({ currency: "USD", customerId: "c-1", captures: taken })
  })
  expect([200, 201]).toContain(answer.status)
}

const sum = (amounts: ReadonlyArray<number>): number => amounts.reduce((total, amount) => total + amount, 0)

/** No door, and no two of them together, gives back more than was taken. */
const capsHold = (view: Shown) => {
  for (const each of [view, ...view.captures]) {
    expect(each.held + each.refunded).toBeLessThanOrEqual(each.collected)
    expect(each.refundable).toBeGreaterThanOrEqual(0)
  }
  const settled = view.refunds.filter(({ state }) => state === "settled")
  const held = view.refunds.filter(({ state }) => state === "pending_approval" || state === "pending")
  expect([view.refunded, view.held]).toEqual([
    sum(settled.map((each) => each.amount)),
    sum(held.map((each) => each.amount))
  ])
}

/** A Moyasar order is only seen by who refunds it: by a transaction_id that was used, which makes nothing. */
let moyasarSeen: Step["ask"] | null = null

const minor = (major: number): number => Math.round(major * 100)

const everyViewAgrees = async (native: Shown) => {
  const one = { authorization: `Bearer ${keys.one}` }
  const basic = { authorization: `Basic ${Buffer.from(`user:${keys.one}`).toString("base64")}`, "x-apikey": keys.one }
  const groups = new Set(native.refunds.map((each) => each.groupId))
  const toCard = native.refunds.filter((each) => each.destination === "original")
  const settled = (of: Shown["refunds"]) =>
    sum(of.filter(({ state }) => state === "settled").map(({ amount }) => amount))

  const kibo = await get(`/kibo/api/commerce/orders/${order}`, one)
  expect([minor(kibo.totalCollected), minor(kibo.amountRefunded), minor(kibo.amountAvailableForRefund)]).toEqual([
    native.collected,
    native.refunded,
    native.refundable
  ])
  expect(kibo.refunds.length).toBe(groups.size)
  expect(kibo.payments.map((each: { amountCredited: number }) => minor(each.amountCredited))).toEqual(
    native.captures.map((each) => each.refunded)
  )

  const geins = await get(`/geins/API/Order/${order}/Refund/List`, basic)
  type Row = { readonly Settled: boolean; readonly RefundAmount: number }
  const rows = geins.Resource.flatMap(
    (each: { readonly RefundRows: ReadonlyArray<Row> }) => each.RefundRows
  ) as ReadonlyArray<Row>
  expect([geins.Resource.length, rows.length]).toEqual([groups.size, native.refunds.length])
  expect(minor(sum(rows.filter((row) => row.Settled).map((row) => row.RefundAmount)))).toBe(native.refunded)

  const medusa = (await get(`/medusa/admin/orders/${order}`, one)).order
  expect([medusa.paid_total, medusa.refunded_total, medusa.refundable_amount]).toEqual([
    native.collected,
    native.refunded,
    native.refundable
  ])
  expect(sum(medusa.refunds.map((each: { readonly amount: number }) => each.amount))).toBe(
    native.refunded + native.held
  )

  for (const each of native.captures) {
    const ofThis = native.refunds.filter(
      ({ captureId, destination }) => captureId === each.id && destination === "original"
    )
    const payment = await get(`/maverick/payment/${each.id}`, one)
    type Return = { readonly amount: string; readonly status: { readonly status: string } }
    const approved = (payment.history as ReadonlyArray<Return>).filter(({ status }) => status.status === "Approved")
    expect([minor(Number(payment.amount)), payment.refunded, payment.history.length]).toEqual([
      each.collected,
      each.refunded > 0,
      ofThis.length
    ])
    expect(minor(sum(approved.map(({ amount }) => Number(amount))))).toBe(each.refunded)
    const { payment: theirs } = await get(`/medusa/admin/payments/${each.id}`, one)
    expect([theirs.amount, theirs.amount_refunded]).toEqual([each.collected, each.refunded])
  }

  if (moyasarSeen === null) return
  const seen = await raw.ask(moyasarSeen)
  if (seen.status !== 200) return
  const moyasar = JSON.parse(seen.text)
  type Transaction = { readonly type: string; readonly status: string; readonly amount: number }
  const approved = (moyasar.transactions as ReadonlyArray<Transaction>).filter(
    ({ status, type }) => type === "refund" && status === "approved"
  )
  expect([moyasar.captured_amount, moyasar.refunded_amount, sum(approved.map(({ amount }) => amount))]).toEqual([
    native.collected,
    settled(toCard),
    settled(toCard)
  ])
}

/** What was answered fits what the door's vendor documents, and the figures before it. */
const judged = ({ ask, isAdmitted, what }: Step, answer: RawAnswer, before: Shown, at: string) => {
  const [, door = "", path = ""] = /^\/(\w+)(\/.*)$/.exec(ask.path) ?? []
  const told = {
    status: answer.status,
    mediaType: String(answer.headers["content-type"]),
    body: JSON.parse(answer.text)
  }
  const complaints = judges.get(door)?.({ method: ask.method, path, body: JSON.parse(String(ask.body)) }, told) ?? []
  const made = refundIdOf(answer) !== null || answer.status === 200 || answer.status === 201
  expect([at, complaints, made], `${at} ${what}: ${answer.status} ${answer.text.slice(0, 300)}`).toEqual([
    at,
    [],
    isAdmitted(before)
  ])
}

/** The very request again: the same refund, and none more. */
const asksAgain = async ({ ask, what }: Step, id: string | null, at: string) => {
  if (id === null || (ask.headers["idempotency-key"] === undefined && !String(ask.body).includes("transaction_id")))
    return
  const again = await raw.ask(ask)
  expect([at, refundIdOf(again), again.headers["idempotent-replayed"]], `${at} ${what} again: ${again.text}`).toEqual([
    at,
    id,
    "true"
  ])
}

const play = async (seed: number) => {
  const draw = random(seed)
  captures = 0
  moyasarSeen = null
  const taken = [
    capture(20_000, "ch_1"),
    capture(12_000, "ch_2"),
    capture(6_000, "sim_decline"),
    capture(3_000, "sim_pending")
  ]
  await register(taken)
  const tally = { made: 0, refused: 0, decided: 0, repeated: 0 }
  let before = await shown()
  for (let step = 1; step <= steps; step++) {
    const at = `seed ${seed}, step ${step}`
    if (step % 100 === 0) {
      taken.push(capture(8_000, `ch_${step}`))
      await register(taken)
      before = await shown()
    }
    const pending = before.refunds.filter(({ state }) => state === "pending_approval")
    const isDecision = pending.length > 0 && draw.chance(pending.length > 3 ? 0.5 : 0.25)
    const next = isDecision ? decideStep(draw, order, draw.pick(pending).groupId) : drawStep(draw, order, before)
    const answer = await raw.ask(next.ask)
    judged(next, answer, before, at)
    const id = isDecision ? null : refundIdOf(answer)
    tally[isDecision ? "decided" : id === null ? "refused" : "made"] += 1
    if (draw.chance(0.1)) {
      await asksAgain(next, id, at)
      if (id !== null) tally.repeated += 1
    }
    const { headers, path } = next.ask
    if (path.startsWith("/moyasar") && answer.status === 200 && headers["idempotency-key"] === undefined)
      moyasarSeen = next.ask
    const isRefused = id === null && !isDecision
    // What a refusal leaves behind would also be there at the next look.
    if (isRefused && step % 5 !== 0) continue
    const after = await shown()
    capsHold(after)
    if (isRefused) expect(after.refunds.length, at).toBe(before.refunds.length)
    if (step % 50 === 0) await everyViewAgrees(after)
    before = after
  }
  await everyViewAgrees(await shown())
  const books = await server.journal()
  expect(books).toMatchObject({ ok: true })
  return tally
}

describe("one order, refunded through every door", () => {
  beforeAll(open)
  afterAll(close)

  it.each(seeds)(
    `keeps its caps over all doors together, and every view agrees with the native figures: ${steps} steps of seed %i`,
    async (seed) => {
      if (seed !== seeds[0]) {
        await close()
        await open()
      }
      const tally = await play(seed)
      console.log(`seed ${seed}: ${JSON.stringify(tally)}`)
      for (const count of Object.values(tally)) expect(count).toBeGreaterThan(5)
    },
    900_000
  )
})
