/** The endpoints of all tenants, as their settings say, and how far the journal was read for each. */
import type { DatabaseSync } from "node:sqlite"
import { Result } from "effect"
import type { TenantId } from "refund-core/Ids"
import { readEntry } from "refund-core/Journal"
import type { Endpoint } from "refund-core/Settings"
import type { Answering } from "./answering.ts"
import { rows, run, tuples } from "./connection.ts"
import { Known, type Loader } from "./facts.ts"
import { hasEndpoints } from "./messageTables.ts"
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

interface ListenerRow {
  readonly no: number
  readonly tenant: number
  readonly id: string
  readonly since: number
  readonly entry: number
  readonly part: number
}

interface Changes {
  /** Numbers of endpoints that were removed, also where one of the same id was made since. */
  readonly gone: ReadonlyArray<number>
  readonly made: ReadonlyArray<{ readonly tenant: number; readonly id: string; readonly since: number }>
}

export const endpointSql = {
  tenants: `SELECT no, id, head_hash FROM tenants WHERE ${hasEndpoints}`,
  set: `SELECT no, text FROM journal WHERE chain = ? AND instr(text, '"Endpoint') > 0 ORDER BY seq DESC`
}

const statements = (db: DatabaseSync) => ({
  tenants: tuples(db, endpointSql.tenants),
  set: tuples(db, endpointSql.set),
  rows: db.prepare("SELECT no, tenant, id, since, entry, part FROM endpoints"),
  begin: db.prepare(
    `INSERT INTO endpoints (tenant, id, since, entry, part) VALUES (?1, ?2, ?3, ?3, ${whole})
     ON CONFLICT (tenant, id) DO UPDATE SET since = ?3, entry = ?3, part = ${whole}`
  ),
  end: db.prepare("UPDATE endpoints SET since = 0 WHERE no = ?"),
  drop: db.prepare(
    `UPDATE deliveries SET state = 'dead', due_at = NULL, available_at = NULL, leased_by = NULL,
       last_answer = 'the endpoint was removed' WHERE endpoint = ? AND state = 'waiting'`
  )
})

export class Endpoints {
  readonly #sql
  readonly #answering
  readonly #loader
  /** Settings change seldom: they are read again where their chain has another head. */
  #listed: ReadonlyMap<number, Listed> = new Map()

  constructor(db: DatabaseSync, answering: Answering, loader: Loader) {
    this.#sql = statements(db)
    this.#answering = answering
    this.#loader = loader
  }

  #list(): ReadonlyMap<number, Listed> {
    const found = rows<readonly [number, TenantId, string]>(this.#sql.tenants)
    this.#listed = new Map(
      found.map(([tenant, tenantId, head]) => {
        const before = this.#listed.get(tenant)
        return [tenant, before?.head === head ? before : this.#read(tenant, tenantId, head)]
      })
    )
    return this.#listed
  }

  #read(tenant: number, tenantId: TenantId, head: string): Listed {
    const { endpoints = [] } = this.#answering.answer(this.#loader.tenantOf(new Known(), tenantId)).settings
    const since = this.#since(tenant, new Set(endpoints.map((endpoint) => endpoint.id)))
    const setUp = endpoints.flatMap((endpoint) => {
      const entry = since.get(endpoint.id)
      return entry === undefined ? [] : [[endpoint.id, { endpoint, since: entry }] as const]
    })
    return { tenantId, head, endpoints: new Map(setUp) }
  }

  /** By endpoint the first entry that set it after it was last removed: the chain is read from its end. */
  #since(tenant: number, ids: ReadonlySet<string>): ReadonlyMap<string, number> {
    const since = new Map<string, number>()
    const left = new Set(ids)
    for (const [no, text] of rows<readonly [number, string]>(this.#sql.set, -tenant)) {
      const entry = readEntry(text)
      for (const event of Result.isSuccess(entry) ? entry.success.events.toReversed() : []) {
        if (event._tag === "EndpointRemoved") left.delete(event.endpointId)
        if (event._tag === "EndpointSet" && left.has(event.endpoint.id)) since.set(event.endpoint.id, no)
      }
    }
    return since
  }

  #rows(): ReadonlyArray<ListenerRow> {
    return rows<ListenerRow>(this.#sql.rows)
  }

  /** Undefined: the tenant has no such endpoint now. */
  find(tenant: number, id: string): Endpoint | undefined {
    return this.#list().get(tenant)?.endpoints.get(id)?.endpoint
  }

  /** The ids of the endpoints that the tenant has or had, by number. */
  idsOf(tenant: number): ReadonlyMap<number, string> {
    return new Map(this.#rows().flatMap((each) => (each.tenant === tenant ? [[each.no, each.id]] : [])))
  }

  /** What is disabled is not among them, and stands still. */
  listeners(): ReadonlyArray<Listener> {
    const listed = this.#list()
    return this.#rows().flatMap(({ entry, id, no, part, since, tenant }) => {
      const of = listed.get(tenant)
      const setUp = of?.endpoints.get(id)
      if (of === undefined || setUp?.since !== since || !setUp.endpoint.enabled) return []
      return [{ no, tenant, tenantId: of.tenantId, endpoint: setUp.endpoint, entry, part }]
    })
  }

  #changes(): Changes {
    const listed = this.#list()
    const stored = this.#rows()
    const known = new Map(stored.map((each) => [`${each.tenant} ${each.id}`, each.since]))
    const isGone = ({ id, since, tenant }: ListenerRow) =>
      since !== 0 && since !== listed.get(tenant)?.endpoints.get(id)?.since
    const made = [...listed].flatMap(([tenant, { endpoints }]) =>
      [...endpoints].flatMap(([id, { since }]) =>
        known.get(`${tenant} ${id}`) === since ? [] : [{ tenant, id, since }]
      )
    )
    return { gone: stored.filter(isGone).map((each) => each.no), made }
  }

  isCurrent(): boolean {
    const { gone, made } = this.#changes()
    return gone.length === 0 && made.length === 0
  }

  /** Endpoints that are new begin to listen; what waits for those that were removed is given up. */
  keepUp(): void {
    const { gone, made } = this.#changes()
    for (const no of gone) {
      this.#sql.end.run(no)
      this.#sql.drop.run(no)
    }
    for (const { id, since, tenant } of made) run(this.#sql.begin, tenant, id, since)
  }
}
