/**
 * Requests that are almost right, at every door: made from what the descriptions say, then changed. Whatever comes back is
 * an answer that is described, within seconds, never a 5xx, and one that says no has recorded nothing.
 */
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import type { Complaints } from "../../../../packages/refund-dialects/test/support/judge.ts"
import { geins } from "../dialects/hostile/geins.ts"
import { bearer } from "../dialects/hostile/HostileDoor.ts"
import { medusa } from "../dialects/hostile/medusa.ts"
import { callerOf, payment } from "../support/call.ts"
import { judgesOf } from "../support/judged.ts"
import { type RawAnswer, type RawAsk, rawClient } from "../support/raw.ts"
import { startServer } from "../support/server.ts"
import { generate, type Pool, type Schema } from "./generate.ts"
import { injections, mutatedBody, mutatedText, oddKey, oddSegment, written } from "./mutate.ts"
import { Random } from "./Random.ts"

const credentials: Readonly<Record<string, (key: string) => Readonly<Record<string, string>>>> = {
  native: bearer,
  kibo: bearer,
  geins: geins.credentials,
  moyasar: bearer,
  maverick: bearer,
  medusa: medusa.credentials
}

interface Parameter {
  readonly in: string
  readonly name: string
  readonly schema?: Schema
}

interface Operation {
  readonly door: string
  readonly method: string
  /** With `{names}`. */
  readonly path: string
  readonly parameters: ReadonlyArray<Parameter>
  readonly body: Schema | null
  /** The media types of what is no JSON. */
  readonly uploads: ReadonlyArray<string>
  readonly components: Readonly<Record<string, Schema>>
}

/** They take no input, look through all there is, or go on. */
const leftOut = /^\/(?:docs|openapi|metrics|healthz|readyz|problems|v1\/journal\/verify|v1\/refunds\/batch)/

const operationsOf = async (server: string, door: string): Promise<ReadonlyArray<Operation>> => {
  const response = await fetch(`${server}${door === "native" ? "/openapi.json" : `/openapi/${door}.json`}`)
  // biome-ignore lint/suspicious/noExplicitAny: what is published is taken as it is.
  const description = (await response.json()) as any
  const operations: Array<Operation> = []
  for (const [path, at] of Object.entries<Record<string, Record<string, unknown>>>(description.paths)) {
    if (door === "native" && leftOut.test(path)) continue
    for (const [method, of] of Object.entries(at)) {
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      const { parameters = [], requestBody } = of as any
      operations.push({
        door,
        method: method.toUpperCase(),
        path,
        parameters,
        body: requestBody?.content?.["application/json"]?.schema ?? null,
        uploads: Object.keys(requestBody?.content ?? {}).filter((type) => type !== "application/json"),
        components: description.components.schemas
      })
    }
  }
  return operations
}

const words = /order/i
const pathValue = (name: string, path: string, random: Random, pool: Pool): string => {
  if (/refund/i.test(name) || (name === "id" && path.includes("/refunds/{id}"))) return random.of(pool.refunds)
  if (/payment|capture/i.test(`${name}${path}`) && !words.test(name)) return random.of(pool.captures)
  if (words.test(`${name}${path}`)) return random.of(pool.orders)
  return random.of(["c-7", "erp", "1", "simulator"])
}

const requestOf = (operation: Operation, random: Random, pool: Pool, key: string): RawAsk => {
  const { body, components, door, method, parameters, path } = operation
  const isOdd = random.oneIn(8)
  const oddAt = random.below(4)
  let at = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    isOdd && oddAt === 0 ? oddSegment(random) : encodeURIComponent(pathValue(name, path, random, pool))
  )
  const query = new URLSearchParams()
  for (const { in: where, name, schema = {} } of parameters) {
    if (where !== "query" || !random.oneIn(3)) continue
    const said = random.oneIn(4) ? random.of(injections) : generate(schema, random, pool, components, name)
    query.append(name, String(said))
  }
  if (isOdd && oddAt === 1) query.append(random.of(["state", "__proto__", "a[b]", "limit", ""]), random.of(injections))
  if ([...query].length > 0) at += `?${query}`
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "idempotency-key": random.oneIn(10) ? `k-${random.below(50)}` : `k-${random.below(2 ** 31)}`,
    ...credentials[door]?.(key)
  }
  if (isOdd && oddAt === 2) headers["idempotency-key"] = oddKey(random)
  if (isOdd && oddAt === 3) Object.assign(headers, random.of(oddHeaders))
  else if (operation.uploads.length > 0) headers["content-type"] = random.of(operation.uploads)
  if (operation.uploads.length > 0) {
    const rows = rowsOf(headers["content-type"] ?? "", random, pool)
    return { method, path: at, headers, body: random.oneIn(2) ? rows : mutatedText(rows, random) }
  }
  const value = body === null ? null : generate(body, random, pool, components)
  const sent =
    value === null
      ? random.oneIn(6)
        ? mutatedBody({}, random)
        : undefined
      : random.oneIn(5)
        ? written(value)
        : mutatedBody(value, random)
  return {
    method,
    path: `${door === "native" ? "" : `/${door}`}${at}`,
    headers,
    ...(sent === undefined ? {} : { body: sent })
  }
}

const columns = [
  "orderId",
  "amount",
  "currency",
  "captureId",
  "reference",
  "note",
  "settled",
  "metadata",
  "id",
  "colour"
]

/** What may be imported, nearly. */
const rowsOf = (type: string, random: Random, pool: Pool): string => {
  const count = random.below(5)
  const order = () => random.of(pool.orders)
  const amount = () => random.of(["1", "1.00", "0", "-1", "1.005", "all", "9007199254740992", "1e9", ""])
  if (!type.includes("csv")) {
    const item = () => ({ orderId: order(), amount: random.below(50), reference: random.of(injections) })
    return Array.from({ length: count }, () =>
      JSON.stringify({ [random.of(["refund", "order", "capture"])]: item() })
    ).join("\n")
  }
  const names = columns.filter((_, at) => at < 3 || random.oneIn(4))
  const cell = (name: string) => {
    if (name === "orderId") return order()
    if (name === "amount") return amount()
    return name === "currency" ? "USD" : `"${random.of(injections).replaceAll('"', '""')}"`
  }
  return [names, ...Array.from({ length: count }, () => names.map(cell))].map((cells) => cells.join(",")).join("\n")
}

const oddHeaders: ReadonlyArray<Readonly<Record<string, string>>> = [
  { prefer: "wait=0" },
  { prefer: "wait=-1, wait=x" },
  { "if-match": '"999999"' },
  { "if-match": "'; DROP" },
  { "content-type": "text/plain" },
  { "content-type": "application/json; charset=utf-16" },
  { "x-request-id": "a\tb<script>" },
  { "x-forwarded-for": "127.0.0.1" },
  { "x-http-method-override": "DELETE" },
  { "last-event-id": "'; --" },
  { traceparent: "00-zz-zz-zz" },
  { authorization: "Bearer ' OR '1'='1" }
]

export interface Found {
  readonly case: number
  readonly what: ReadonlyArray<string>
  readonly asked: RawAsk
  readonly answer: string
}

export interface Fuzzed {
  readonly asked: number
  readonly byStatus: ReadonlyMap<string, number>
  readonly slowest: number
  readonly found: ReadonlyArray<Found>
  /** After all of it. */
  readonly books: { readonly ok: boolean; readonly entries: number }
}

export interface FuzzOptions {
  readonly count: number
  readonly seed: number
  /** Only calls whose path this fits. */
  readonly only?: RegExp
  readonly onProgress?: (done: number) => void
}

/** More than this are one fault seen over and over. */
const enough = 25

export const fuzz = async ({ count, only = /^/, onProgress = () => {}, seed }: FuzzOptions): Promise<Fuzzed> => {
  // Without a worker only requests write, so that what an answer recorded can be told.
  const server = await startServer({ env: { REFUND_WORKER: "off", REFUND_WAIT_MILLISECONDS: "0" } })
  const raw = rawClient(server.url)
  const db = new DatabaseSync(fileURLToPath(new URL(server.database, "file:///")), { readOnly: true })
  const entries = db.prepare("SELECT max(no) AS entries FROM journal")
  const recorded = () => Number(entries.get()?.["entries"] ?? 0)
  try {
    const judges = await judgesOf(server.url)
    const operations = (await Promise.all(Object.keys(credentials).map((door) => operationsOf(server.url, door))))
      .flat()
      .filter(({ path }) => only.test(path))
    const pool = await seeded(server)
    const found: Array<Found> = []
    const byStatus = new Map<string, number>()
    let slowest = 0
    for (let at = 0; at < count && found.length < enough; at++) {
      const random = new Random(seed * 7_919 + at)
      const operation = random.of(operations)
      const asked = requestOf(operation, random, pool, server.adminKey)
      const before = recorded()
      const answer = await within(raw.ask(asked))
      const what = [...wrongWith(answer, recorded() - before), ...complaintsOf(judges, operation.door, asked, answer)]
      if (what.length > 0) found.push({ case: at, what, asked, answer: answer.text.slice(0, 500) })
      learn(answer, pool, random)
      slowest = Math.max(slowest, answer.milliseconds)
      const status = `${operation.door} ${answer.status}`
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
      if (at % 10_000 === 9_999) {
        onProgress(at + 1)
        await seeded(server, at + 1, pool)
      }
    }
    return { asked: count, byStatus, slowest, found, books: await server.journal() }
  } finally {
    db.close()
    raw.close()
    await server.stop()
  }
}

interface GrowingPool extends Pool {
  readonly orders: Array<string>
  readonly captures: Array<string>
  readonly refunds: Array<string>
}

/** Orders with something left on them; anew now and then, since what is left becomes less. */
const seeded = async (
  server: Parameters<typeof callerOf>[0],
  from = 0,
  pool: GrowingPool = { orders: [], captures: [], refunds: [] }
): Promise<GrowingPool> => {
  const call = callerOf(server)
  pool.orders.length = 0
  pool.captures.length = 0
  for (let number = 1; number <= 6; number++) {
    const id = String(9_000 + from + number)
    const order = payment(id, 1_000_000, { provider: "external", id: `91${from + number}` })
    const lines = [{ id: "7", description: "Mug", quantity: 1, amount: 1_000_000 }]
    await call("PUT", `/v1/orders/${id}`, { body: { ...order, lines, customerId: "c-7" } })
    pool.orders.push(id)
    pool.captures.push(`91${from + number}`)
  }
  if (pool.refunds.length === 0) pool.refunds.push("0191f5a7-44d3-7430-8739-2d80821416bf")
  return pool
}

const patience = 30_000

const within = async (answer: Promise<RawAnswer>): Promise<RawAnswer> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<RawAnswer>((resolve) => {
    timer = setTimeout(resolve, patience, { status: 0, headers: {}, text: "no answer", milliseconds: patience })
  })
  const broken = (error: unknown): RawAnswer => ({ status: 0, headers: {}, text: String(error), milliseconds: 0 })
  try {
    return await Promise.race([answer.catch(broken), late])
  } finally {
    clearTimeout(timer)
  }
}

/** None of our answers has one: JSON escapes them, and a page has only line feeds. */
const hasControl = (text: string): boolean => {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 32 && text[at] !== "\n") return true
  return false
}

const wrongWith = ({ headers, status, text }: RawAnswer, recorded: number): ReadonlyArray<string> => [
  ...(status === 0 ? [`no answer: ${text}`] : []),
  ...(status >= 500 ? [`a fault of the server: ${status}`] : []),
  // What tells a committed refund's outcome in an error's form names the refund.
  ...(status >= 400 && recorded > 0 && headers["refund-id"] === undefined
    ? ["it said no, and recorded something"]
    : []),
  ...(Object.values(headers).some((value) => hasControl(String(value))) ? ["a header with control characters"] : []),
  ...(headers["set-cookie"] === undefined ? [] : ["somebody else's header"]),
  ...(hasControl(text) ? ["control characters in the body"] : []),
  ...(({} as { settled?: unknown }).settled === undefined ? [] : ["a prototype was polluted"])
]

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const complaintsOf = (
  judges: ReadonlyMap<string, Complaints>,
  door: string,
  { body, method, path }: RawAsk,
  { headers, status, text }: RawAnswer
): ReadonlyArray<string> => {
  const type = headers["content-type"]
  const mediaType = typeof type === "string" ? type : null
  // Express cannot decode such a path: it is at none of the described ones.
  if (status === 0 || (status === 404 && !isDecodable(path))) return []
  const sent = typeof body === "string" ? parsed(body) : undefined
  const told = { status, mediaType, body: mediaType?.includes("json") === true ? parsed(text) : text }
  const at = door === "native" ? path : path.slice(door.length + 1)
  return judges.get(door)?.({ method, path: at, ...(typeof sent === "object" ? { body: sent } : {}) }, told) ?? []
}

const isDecodable = (path: string): boolean => {
  try {
    decodeURIComponent(path.split("?", 1)[0] ?? "")
    return true
  } catch {
    return false
  }
}

/** Refunds that were made are asked about later. */
const learn = ({ headers, status, text }: RawAnswer, pool: GrowingPool, random: Random): void => {
  if (status !== 201 && headers["refund-id"] === undefined) return
  const [id] = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/.exec(String(headers["refund-id"] ?? text)) ?? []
  if (id === undefined) return
  if (pool.refunds.length < 60) pool.refunds.push(id)
  else pool.refunds[random.below(60)] = id
}
