/** What the environment says of where the ledger is kept: a SQLite file, or a PostgreSQL database. Only read here. */
import { type Reader, readerOf, type Values } from "./providerReader.ts"

export const databaseVariables = {
  REFUND_DATABASE_URL: {
    default: "file:./data/refunds.db",
    means: "Where the ledger is: a SQLite file, or a PostgreSQL database (postgres://user@host:5432/refunds)"
  },
  REFUND_DATABASE_SCHEMA: {
    default: "",
    means: "PostgreSQL: the schema that the ledger's tables are in. Unset: the database's usual one"
  },
  REFUND_DATABASE_WRITERS: { default: "4", means: "PostgreSQL: so many connections for what is written, 1 to 100" },
  REFUND_DATABASE_READERS: { default: "6", means: "PostgreSQL: so many connections for what is only read, 1 to 100" },
  REFUND_DATABASE_STATEMENT_SECONDS: {
    default: "10",
    means: "PostgreSQL: a statement that takes longer is given up, 1 to 3600"
  }
} as const
type DatabaseVariable = keyof typeof databaseVariables

/** How a process is connected to PostgreSQL; a file has none of it. */
export interface ConnectionSettings {
  readonly writers: number
  readonly readers: number
  readonly statementMilliseconds: number
  readonly schema?: string
}

export interface DatabaseSettings {
  /** A `file:` or a `postgres:` URL. Whoever shows it shows it without its password (`shownDatabase`). */
  readonly database: string
  readonly connections: ConnectionSettings
}

export const isPostgres = (database: string): boolean => /^postgres(?:ql)?:/iu.test(database)

const passwordIn = (database: string): string => (isPostgres(database) ? (URL.parse(database)?.password ?? "") : "")

/** Also where a driver takes it from: `?password=`. */
const otherPasswordIn = (database: string): string =>
  isPostgres(database) ? (URL.parse(database)?.searchParams.get("password") ?? "") : ""

export const hasPassword = (database: string): boolean =>
  passwordIn(database) !== "" || otherPasswordIn(database) !== ""

/** For people and for logs. */
export const shownDatabase = (database: string): string => {
  if (!hasPassword(database)) return database
  const shown = new URL(database)
  shown.password = ""
  shown.searchParams.delete("password")
  return shown.href
}

/** A password as it is, and as a URL has it. */
export const secretsOfDatabase = (database: string): ReadonlyArray<string> => {
  const passwords = [passwordIn(database), decoded(passwordIn(database)), otherPasswordIn(database)]
  return [...new Set(passwords.filter((password) => password !== ""))]
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Adds a sentence for everything that is wrong; none repeats a password. */
export const readDatabase = (values: Values, sentences: Array<string>): DatabaseSettings => {
  const read = readerOf<DatabaseVariable>(values, sentences)
  const schema = schemaOf(read)
  const whole = (name: DatabaseVariable, most: number, otherwise: number) => read.whole(name, 1, most) ?? otherwise
  return {
    database: databaseOf(read),
    connections: {
      writers: whole("REFUND_DATABASE_WRITERS", 100, 4),
      readers: whole("REFUND_DATABASE_READERS", 100, 6),
      statementMilliseconds: 1_000 * whole("REFUND_DATABASE_STATEMENT_SECONDS", 3_600, 10),
      ...(schema === null ? {} : { schema })
    }
  }
}

const databaseOf = ({ text, wrong }: Reader<DatabaseVariable>): string => {
  const said = text("REFUND_DATABASE_URL") ?? ""
  if (/^file:./u.test(said) || (isPostgres(said) && URL.canParse(said))) return said
  const shown = said.includes("@") || isPostgres(said) ? "what it is" : JSON.stringify(said)
  wrong(
    `REFUND_DATABASE_URL must be a file: URL such as file:./data/refunds.db, or postgres://user@host:5432/refunds, not ${shown}.`
  )
  return said
}

const schemaOf = ({ text, wrong }: Reader<DatabaseVariable>): string | null => {
  const said = text("REFUND_DATABASE_SCHEMA")
  if (said === null || /^[a-z_][a-z0-9_]{0,62}$/u.test(said)) return said
  wrong(`REFUND_DATABASE_SCHEMA must be a name of small letters, digits and _, not ${JSON.stringify(said)}.`)
  return null
}
