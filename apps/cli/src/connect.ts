/** Which ledger a command works on, and as whom. */
import { Effect, Layer, Option, Schema } from "effect"
import { faultOf } from "refund-api/Problem"
import { TenantId } from "refund-core/Ids"
import { Access } from "refund-service/Access"
import { variables } from "refund-service/Configuration"
import { hasPassword, isPostgres, shownDatabase } from "refund-service/databaseConfiguration"
import { embeddedLedger, LedgerFiles, type Who } from "./EmbeddedLedger.ts"
import { misused, problemFor, Refused, Unavailable, type Usage } from "./failures.ts"
import { calledBy } from "./files.ts"
import type { Ledger } from "./Ledger.ts"
import { remoteLedger } from "./RemoteLedger.ts"
import { Shell } from "./Shell.ts"
import { Database, Json, KeyFile, Url } from "./settings.ts"

/** `makesFile`: the command may be the first thing that happens to a ledger. A no is a result too: with --json it is printed. */
export const withLedger = Effect.fnUntraced(
  function* <A, E, R>(
    use: (ledger: Ledger) => Effect.Effect<A, E, R>,
    { makesFile = false }: { readonly makesFile?: boolean } = {}
  ) {
    const url = yield* Url
    if (Option.isNone(url)) return yield* onFile(use, makesFile)
    if (Option.isSome(yield* Database)) return yield* misused("Name a --database or a --url, not both")
    const key = yield* secret
    if (key === null) return yield* misused("A server wants a key: set REFUND_API_KEY, or name a --key-file")
    return yield* use(remoteLedger({ url: yield* httpUrl(url.value), key }))
  },
  Effect.tapError((failure) =>
    failure instanceof Refused || failure instanceof Unavailable ? printed(failure) : Effect.void
  )
)

const printed = Effect.fnUntraced(function* (failure: Refused | Unavailable) {
  const shell = yield* Shell
  if (yield* Json) shell.print(JSON.stringify(problemFor(failure), null, 2))
})

const httpUrl = (url: string): Effect.Effect<string, Usage> => {
  if (url.includes("@")) {
    return misused("--url has a name or password in it: the key is read from REFUND_API_KEY or a --key-file")
  }
  const isAddress = /^https?:$/.test(URL.parse(url)?.protocol ?? "") && !/[?#]/.test(url)
  return isAddress
    ? Effect.succeed(url)
    : misused(`--url must be an address such as http://127.0.0.1:3000, not ${JSON.stringify(url)}`)
}

/** From the file, else from the environment; a key in the arguments is not looked for. */
const secret = Effect.gen(function* () {
  const shell = yield* Shell
  const file = yield* KeyFile
  const key = (Option.isSome(file) ? yield* shell.readFile(file.value) : (shell.env["REFUND_API_KEY"] ?? "")).trim()
  // Whoever names a key wants to be no one else.
  if (key === "" && Option.isSome(file)) return yield* misused(`${calledBy(file.value)} has no key in it`)
  return key === "" ? null : key
})

/** The path or `file:` URL of the ledger, or its `postgres:` URL. */
export const databaseUrl = Effect.gen(function* () {
  const { env } = yield* Shell
  const flag = Option.getOrUndefined(yield* Database)
  if (flag !== undefined) return yield* namedUrl(flag)
  const named = env["REFUND_DATABASE_URL"] ?? ""
  return yield* knownUrl(named === "" ? variables.REFUND_DATABASE_URL.default : named)
})

/** One among the arguments: everybody on the machine can see those, so no password is taken from them. */
export const namedUrl = (url: string): Effect.Effect<string, Usage> =>
  hasPassword(url)
    ? misused(
        "A password among the arguments can be seen by others: set REFUND_DATABASE_URL or PGPASSWORD, or use ~/.pgpass"
      )
    : knownUrl(url)

const knownUrl = (url: string): Effect.Effect<string, Usage> => {
  if (isPostgres(url)) {
    if (URL.canParse(url)) return Effect.succeed(url)
    return misused("A ledger in PostgreSQL is at postgres://user@host:5432/refunds")
  }
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined || scheme === "file") return Effect.succeed(url)
  return misused(`A ledger is a file or in PostgreSQL, not ${scheme}:`)
}

const onFile = Effect.fnUntraced(function* <A, E, R>(
  use: (ledger: Ledger) => Effect.Effect<A, E, R>,
  makesFile: boolean
) {
  const files = yield* LedgerFiles
  const url = yield* databaseUrl
  const file = shownDatabase(url)
  if (!makesFile) yield* isThere(url, "`refund order put` makes one, --database names another")
  const opened = yield* Layer.build(files.open(url)).pipe(
    Effect.mapError(({ detail }) => new Unavailable({ detail: `${file}: ${detail}` }))
  )
  const ledger = yield* Effect.flatMap(whoAsks, embeddedLedger).pipe(Effect.provideContext(opened))
  return yield* use(ledger)
}, Effect.scoped)

/** Of a file, before it is opened: opening it would make it. */
export const isThere = Effect.fnUntraced(function* (url: string, advice: string) {
  const { fileExists } = yield* Shell
  if (isPostgres(url) || fileExists(url)) return
  return yield* new Unavailable({ detail: `There is no ledger at ${shownDatabase(url)}; ${advice}` })
})

/** For what a server does not do for others. */
export const notOnServer = Effect.fnUntraced(function* (command: string) {
  if (Option.isSome(yield* Url)) {
    return yield* misused(`${command} works on a ledger's database; --url names a server`)
  }
})

/** With a key: its principal, in its tenant. Without: whoever may write the file may do everything, in their own name. */
const whoAsks: Effect.Effect<Who, Refused | Unavailable | Usage, Access | Shell | "effect/cli/GlobalFlag/key-file"> =
  Effect.gen(function* () {
    const { env, user } = yield* Shell
    const key = yield* secret
    if (key === null) {
      const principal = { id: user, permissions: new Set(["*"] as const) }
      return { tenant: yield* tenantOf(env), principal, credential: "file" }
    }
    const access = yield* Access
    const identity = yield* Effect.mapError(access.authenticate(key), ({ detail }) => new Unavailable({ detail }))
    if (identity !== null) return identity
    const detail = "The key is not one of this ledger; without REFUND_API_KEY and --key-file you work as yourself"
    return yield* new Refused({ problem: faultOf("Unauthorized", detail) })
  })

const isTenant = Schema.is(TenantId)

const tenantOf = (env: Shell["Service"]["env"]): Effect.Effect<TenantId, Usage> => {
  const named = env["REFUND_TENANT"] ?? ""
  const tenant = named === "" ? variables.REFUND_TENANT.default : named
  return isTenant(tenant) ? Effect.succeed(tenant) : misused("REFUND_TENANT must be a name of at most 255 characters")
}
