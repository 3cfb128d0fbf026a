/** The endpoints of all tenants, as their settings say, and how far the journal was read for each. */
import { Result } from "effect"
import type { TenantId } from "refund-core/Ids"
import { readEntry } from "refund-core/Journal"
import type { Endpoint } from "refund-core/Settings"
import { type Asking, rows, run } from "./ask.ts"
import type { Dialect } from "./dialect.ts"
import { Known, type Loader } from "./facts.ts"
import type { MessageDialect } from "./messageDialect.ts"
import { type Position, whole } from "./position.ts"

interface SetUp {
  readonly endpoint: Endpoint
  /** The number of the entry that made it: it listens from then on. */
  readonly since: number
}

/** A tenant's, as of the head of its chain. */
interface Listed {
  readonly tenantId: TenantId
  readonly head: string
  readonly endpoints: ReadonlyMap<string, SetUp>
}

/** An enabled endpoint, and up to where the journal was read for it. */
export interface Listener extends Position {
  readonly no: number
  readonly tenant: number
  readonly tenantId: TenantId
  readonly endpoint: Endpoint
}

type ListenerRow = readonly [
  no: number,
  tenant: number,
  id: string,
  since: number,
  entry: number,
  part: number,
  xid: number
]

interface Changes {
  /** Endpoints that were removed, also where one of the same id was made since. */
  readonly gone: ReadonlyArray<ListenerRow>
  readonly made: ReadonlyArray<{ readonly tenant: number; readonly id: string; readonly since: number }>
}

export const endpointSql = ({ contains }: Pick<Dialect, "contains">) => ({
  tenants: `SELECT no, id, head_hash FROM tenants WHERE ${contains("settings", `'"endpoints":[{'`)}`,
  set: `SELECT no, text FROM journal WHERE chain = ? AND ${contains("text", `'"Endpoint'`)} ORDER BY seq DESC`
})

const statements = (dialect: Dialect, { xidOf }: MessageDialect) => ({
  ...endpointSql(dialect),
  rows: `SELECT e.no, e.tenant, e.id, e.since, e.entry, e.part, ${xidOf("e.entry")} FROM endpoints e ORDER BY e.no`,
  // Whoever keeps up at the same time was first: then it is not begun anew, nor ended as another one.
  begin: `INSERT INTO endpoints (tenant, id, since, entry, part) VALUES (?1, ?2, ?3, ?3, ${whole})
     ON CONFLICT (tenant, id) DO UPDATE SET since = excluded.since, entry = excluded.entry, part = excluded.part
     WHERE endpoints.since <> excluded.since`,
  end: "UPDATE endpoints SET since = 0 WHERE no = ? AND since = ?",
  drop: `UPDATE deliveries SET state = 'dead', due_at = NULL, available_at = NULL, leased_by = NULL,
       last_answer = 'the endpoint was removed' WHERE endpoint = ? AND state = 'waiting'`
})

export class Endpoints {
  readonly #sql
  readonly #loader
  /** Settings change seldom: they are read again where their chain has another head. */
  #listed: ReadonlyMap<number, Listed> = new Map()

  constructor(dialect: Dialect, words: MessageDialect, loader: Loader) {
    this.#sql = statements(dialect, words)
    this.#loader = loader
  }

  *#list(): Asking<ReadonlyMap<number, Listed>> {
    const found = yield* rows<readonly [number, TenantId, string]>(this.#sql.tenants)
    const listed = new Map<number, Listed>()
    for (const [tenant, tenantId, head] of found) {
      const before = this.#listed.get(tenant)
      listed.set(tenant, before?.head === head ? before : yield* this.#read(tenant, tenantId, head))
    }
    this.#listed = listed
    return listed
  }

  *#read(tenant: number, tenantId: TenantId, head: string): Asking<Listed> {
    const { endpoints = [] } = (yield* this.#loader.tenantOf(new Known(), tenantId)).settings
    const since = yield* this.#since(tenant, new Set(endpoints.map((endpoint) => endpoint.id)))
    const setUp = endpoints.flatMap((endpoint) => {
      const entry = since.get(endpoint.id)
      return entry === undefined ? [] : [[endpoint.id, { endpoint, since: entry }] as const]
    })
    return { tenantId, head, endpoints: new Map(setUp) }
  }

  /** By endpoint the first entry that set it after it was last removed: the chain is read from its end. */
  *#since(tenant: number, ids: ReadonlySet<string>): Asking<ReadonlyMap<string, number>> {
    const since = new Map<string, number>()
    const left = new Set(ids)
    for (const [no, text] of yield* rows<readonly [number, string]>(this.#sql.set, -tenant)) {
      const entry = readEntry(text)
      for (const event of Result.isSuccess(entry) ? entry.success.events.toReversed() : []) {
        if (event._tag === "EndpointRemoved") left.delete(event.endpointId)
        if (event._tag === "EndpointSet" && left.has(event.endpoint.id)) since.set(event.endpoint.id, no)
      }
    }
    return since
  }

  #rows(): Asking<ReadonlyArray<ListenerRow>> {
    return rows<ListenerRow>(this.#sql.rows)
  }

  /** Undefined: the tenant has no such endpoint now. */
  *find(tenant: number, id: string): Asking<Endpoint | undefined> {
    return (yield* this.#list()).get(tenant)?.endpoints.get(id)?.endpoint
  }

  /** The ids of the endpoints that the tenant has or had, by number. */
  *idsOf(tenant: number): Asking<ReadonlyMap<number, string>> {
    return new Map((yield* this.#rows()).flatMap(([no, of, id]) => (of === tenant ? [[no, id]] : [])))
  }

  /** What is disabled is not among them, and stands still. */
  *listeners(): Asking<ReadonlyArray<Listener>> {
    const listed = yield* this.#list()
    return (yield* this.#rows()).flatMap(([no, tenant, id, since, entry, part, xid]) => {
      const of = listed.get(tenant)
      const setUp = of?.endpoints.get(id)
      if (of === undefined || setUp?.since !== since || !setUp.endpoint.enabled) return []
      return [{ no, tenant, tenantId: of.tenantId, endpoint: setUp.endpoint, xid, entry, part }]
    })
  }

  /** Rows before settings: what another process made of newer settings is not taken for what has gone. */
  *#changes(): Asking<Changes> {
    const stored = yield* this.#rows()
    const listed = yield* this.#list()
    const known = new Map(stored.map(([, tenant, id, since]) => [`${tenant} ${id}`, since]))
    const isGone = ([, tenant, id, since]: ListenerRow) =>
      since !== 0 && since !== listed.get(tenant)?.endpoints.get(id)?.since
    const made = [...listed].flatMap(([tenant, { endpoints }]) =>
      [...endpoints].flatMap(([id, { since }]) =>
        known.get(`${tenant} ${id}`) === since ? [] : [{ tenant, id, since }]
      )
    )
    return { gone: stored.filter(isGone), made }
  }

  *isCurrent(): Asking<boolean> {
    const { gone, made } = yield* this.#changes()
    return gone.length === 0 && made.length === 0
  }

  /** Endpoints that are new begin to listen; what waits for those that were removed is given up. */
  *keepUp(): Asking<void> {
    const { gone, made } = yield* this.#changes()
    for (const [no, , , since] of gone) {
      if ((yield* run(this.#sql.end, no, since)) > 0) yield* run(this.#sql.drop, no)
    }
    for (const { id, since, tenant } of made) yield* run(this.#sql.begin, tenant, id, since)
  }
}
