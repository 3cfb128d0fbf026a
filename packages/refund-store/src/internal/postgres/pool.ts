/** Connections to the database, and how statements go over them. */
import type { Socket } from "node:net"
import { type ClientConfig, Pool as Clients, type CustomTypesConfig, type PoolClient } from "pg"
import { unavailable } from "../connection.ts"
import { failureOf } from "./failures.ts"

/** Figures are below 2^53 everywhere, and come back as numbers. A Buffer is a list in PostgreSQL's own form (`lists.ts`). */
export type Parameter = string | number | bigint | null | Buffer

export interface Answer<Row> {
  readonly rows: ReadonlyArray<Row>
  /** How many rows it read or changed. */
  readonly count: number
  /** `SELECT`, `COMMIT` … */
  readonly command: string
}

/**
 * Statements are sent at once and answered in turn, so several may be asked for before the first is answered. Each text is
 * prepared once on each connection; values are `$1`, `$2` …; rows are tuples.
 */
export interface Connection {
  readonly ask: <Row>(sql: string, ...values: ReadonlyArray<Parameter>) => Promise<Answer<Row>>
  /** As it is: several statements in one, and nothing is prepared. */
  readonly tell: (sql: string) => Promise<void>
}

export interface Pool {
  /** A connection for as long as `work` takes. Where it throws, the connection is not used again. */
  readonly use: <A>(work: (connection: Connection) => Promise<A>) => Promise<A>
  readonly close: () => Promise<void>
}

export interface PoolOptions {
  readonly url: string
  /** Where the tables are; the database's usual place unless it is said. */
  readonly schema?: string | undefined
  readonly connections: number
  /** A statement, or a wait for others, that takes longer is given up by the server; 0: never. */
  readonly statementMilliseconds: number
  readonly lockMilliseconds: number
  /** More of the server's own settings for these connections. */
  readonly settings?: Readonly<Record<string, string>>
  /** A connection broke: what answers next may be another server, or may have forgotten what was not on its disk. */
  readonly onBroken?: () => void
}

const connectMilliseconds = 5_000
/** Beyond its longest statement: a server that is silent for longer is gone, and nobody has said so. */
const silentMilliseconds = 5_000

/** PostgreSQL's number for bigint. */
const int8 = 20
const toNumber = (text: string): number => Number(text)
const asItIs = (text: string): string => text
const types: CustomTypesConfig = {
  getTypeParser: ((oid: number) =>
    oid === int8 || oid === 23 ? toNumber : asItIs) as CustomTypesConfig["getTypeParser"]
}

/** Names that need no quotes, so that they may stand in a connection's settings. */
const plainName = /^[a-z_][a-z0-9_]{0,62}$/

/** As it was said, or as the URL says it: `?schema=…`. */
export const schemaOf = ({ schema, url }: Pick<PoolOptions, "schema" | "url">): string | null => {
  const name = schema ?? (URL.canParse(url) ? new URL(url).searchParams.get("schema") : null)
  if (name === null || plainName.test(name)) return name
  throw unavailable(`a schema's name is of small letters, digits and _, not "${name}"`, 30)
}

const configOf = (options: PoolOptions): ClientConfig => {
  const schema = schemaOf(options)
  const settings = { ...options.settings, ...(schema === null ? {} : { search_path: schema }) }
  const told = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  return {
    connectionString: options.url,
    application_name: "refund-store",
    connectionTimeoutMillis: connectMilliseconds,
    statement_timeout: options.statementMilliseconds,
    lock_timeout: options.lockMilliseconds,
    // A process that stands still in the middle of a transaction must not keep what others wait for.
    idle_in_transaction_session_timeout: options.statementMilliseconds,
    keepAlive: true,
    types,
    pipeline: true,
    ...(told.length === 0 ? {} : { options: told.join(" ") })
  } as ClientConfig
}

/** A statement's name on every connection: the same text has the same. */
const names = new Map<string, string>()
const nameOf = (sql: string): string => {
  const known = names.get(sql)
  if (known !== undefined) return known
  const name = `r${names.size}`
  names.set(sql, name)
  return name
}

/** Where several statements are under way and one fails, nobody may be waiting for the others. */
const watched = <A>(answer: Promise<A>): Promise<A> => {
  answer.catch(() => {})
  return answer
}

const streamOf = (client: PoolClient): Socket =>
  (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream

/** What is asked for in one turn goes out as one piece: a write costs as much as all else that a statement does here. */
const together = (client: PoolClient): (() => void) => {
  const stream = streamOf(client)
  let isHeld = false
  return () => {
    if (isHeld) return
    isHeld = true
    stream.cork()
    process.nextTick(() => {
      isHeld = false
      stream.uncork()
    })
  }
}

/**
 * The other machine may be gone without a word, or its commit wait for a standby that is: neither ends by itself for many
 * minutes. Whoever waits is told so instead, as of any connection that breaks. Answers how to stop watching.
 */
const watchSilence = (client: PoolClient, { statementMilliseconds }: PoolOptions): (() => void) => {
  if (statementMilliseconds === 0) return () => {}
  const stream = streamOf(client)
  const giveUp = () => stream.destroy(new Error("read timeout: the server is silent"))
  stream.setTimeout(statementMilliseconds + silentMilliseconds, giveUp)
  return () => {
    stream.setTimeout(0)
    stream.removeListener("timeout", giveUp)
  }
}

const over = (client: PoolClient): Connection => {
  const hold = together(client)
  return {
    ask: <Row>(sql: string, ...values: ReadonlyArray<Parameter>) => {
      hold()
      return watched(
        client
          .query({ name: nameOf(sql), text: sql, values: values as Array<Parameter>, rowMode: "array" })
          .then(({ command, rowCount, rows }) => ({
            rows: rows as unknown as ReadonlyArray<Row>,
            count: rowCount ?? 0,
            command
          }))
      )
    },
    tell: (sql) => {
      hold()
      return watched(client.query(sql).then(() => undefined))
    }
  }
}

export const makePool = (options: PoolOptions): Pool => {
  const clients = new Clients({ ...configOf(options), max: options.connections })
  const broken = options.onBroken ?? (() => {})
  // A connection that breaks while nobody uses it is replaced when it is wanted.
  clients.on("error", broken)
  // A server that stops may say so in the same breath in which it lets us in: while nobody has it yet, and whoever waits for it
  // is told at its first statement. An error that nobody hears would end the process.
  clients.on("connect", (client) => client.on("error", () => {}))
  return {
    use: async (work) => {
      const client = await clients.connect()
      const unwatch = watchSilence(client, options)
      let failed = true
      try {
        const done = await work(over(client))
        failed = false
        return done
      } catch (error) {
        if (failureOf(error) === "lost") broken()
        throw error
      } finally {
        unwatch()
        client.release(failed)
      }
    },
    close: () => clients.end()
  }
}
