/** What the environment says, read once and checked at start. Every malformed or unknown value is named in a sentence. */
import { Config, ConfigProvider, Effect, Schema } from "effect"
import { PrincipalId, TenantId } from "refund-core/Ids"
import { granted, isRole, permissions, type Role, roleNames } from "refund-core/Permission"
import { type Door, doors } from "refund-core/Policy"
import { KeyPermission } from "refund-core/Settings"
import type { BootstrapKey } from "./Access.ts"
import {
  type AccountsSettings,
  accountVariables,
  readAccounts,
  secretsOfAccounts,
  variablesOfAccounts
} from "./accountConfiguration.ts"
import { type DatabaseSettings, databaseVariables, readDatabase, secretsOfDatabase } from "./databaseConfiguration.ts"
import { type LimitSettings, limitVariables, readLimits } from "./limitConfiguration.ts"
import { type ProviderSettings, providerVariables, readProviders, secretsOfProviders } from "./providerConfiguration.ts"
import { readRetention, retentionVariables } from "./retaining.ts"
import type { TokenSettings } from "./Tokens.ts"
import { readTokens, tokenVariables } from "./tokenConfiguration.ts"
import { readTracing, secretsOfTracing, type TracingSettings, tracingVariables } from "./tracingConfiguration.ts"
import { readWorkerAddress, type WorkerAddress, workerVariables } from "./workerConfiguration.ts"

interface Described {
  readonly default: string
  readonly means: string
  /** It is neither shown nor logged. */
  readonly secret?: boolean
}

/** Every variable, what it is when it is not set, and what it means. */
export const variables = {
  PORT: { default: "3000", means: "The port to listen on; 0 takes a free one" },
  HOST: { default: "127.0.0.1", means: "The address to listen on" },
  ...databaseVariables,
  REFUND_TENANT: { default: "default", means: "The tenant whose keys are configured or made at the first start" },
  REFUND_MORE_TENANTS: {
    default: "",
    means: "Other tenants, comma-separated, whose providers' webhooks come to /webhooks/{tenant}/{provider}"
  },
  REFUND_API_KEYS: {
    default: "",
    secret: true,
    means: "Keys, comma-separated: name:permissions:secret, permissions * or joined by +, @role for a role"
  },
  ...tokenVariables,
  ...limitVariables,
  REFUND_DIALECT_AT_ROOT: { default: "", means: "One dialect that answers at / instead of under its prefix" },
  REFUND_WORKER: { default: "on", means: "on: this process submits refunds to their providers; off: it does not" },
  REFUND_LEASE_SECONDS: {
    default: "60",
    means:
      "How long a process that took a refund up may be silent before another takes it; the same for all of a ledger's"
  },
  ...retentionVariables,
  REFUND_WEBHOOKS_TO_PRIVATE: {
    default: "",
    means: "on: webhooks may go to loopback and private addresses; off: not. Unset: on while HOST is loopback"
  },
  REFUND_WAIT_MILLISECONDS: { default: "5000", means: "How long an answer with the outcome waits for it" },
  LOG_LEVEL: { default: "info", means: "trace, debug, info, warn, error, fatal or none" },
  LOG_FORMAT: { default: "text", means: "text, logfmt or json" },
  ...tracingVariables,
  ...workerVariables,
  ...providerVariables,
  ...accountVariables
} as const satisfies Readonly<Record<string, Described>>
export type Variable = keyof typeof variables

export const logLevels = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  fatal: "Fatal",
  none: "None"
} as const

export interface Configuration extends DatabaseSettings {
  readonly port: number
  readonly host: string
  readonly tenant: TenantId
  readonly moreTenants: ReadonlyArray<TenantId>
  readonly keys: ReadonlyArray<BootstrapKey>
  /** Null: there are no tokens, only API keys. */
  readonly tokens: TokenSettings | null
  readonly limits: LimitSettings
  readonly dialectAtRoot: Exclude<Door, "native"> | null
  readonly worker: boolean
  /** Where a worker that is no server says how it is. */
  readonly workerAddress: WorkerAddress | null
  readonly leaseMilliseconds: number
  /** Null: what was done with is kept for good. */
  readonly retentionMilliseconds: number | null
  readonly providers: ProviderSettings
  /** At providers, beside the server's own. */
  readonly accounts: AccountsSettings
  /** Loopback and private addresses may be webhooks' receivers. */
  readonly webhooksToPrivate: boolean
  readonly waitMilliseconds: number
  readonly logLevel: (typeof logLevels)[keyof typeof logLevels]
  readonly logFormat: "text" | "logfmt" | "json"
  /** Null: nothing is traced. */
  readonly tracing: TracingSettings | null
}

export class ConfigurationFault extends Schema.TaggedError<ConfigurationFault>()("ConfigurationFault", {
  sentences: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.sentences.join("\n")
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Fails with one sentence for every value that is wrong. */
export const configuration = (env: Environment): Effect.Effect<Configuration, ConfigurationFault> => {
  const values = withDefaults(env)
  const provider = ConfigProvider.fromEnvRecord(values)
  const sentences: Array<string> = [...unknownVariables(env)]
  const read = <A>(name: Variable, config: (name: string) => Config.Config<A>, expected: string) =>
    config(name).pipe(
      Effect.catch(() => {
        sentences.push(`${name} must be ${expected}, not ${JSON.stringify(env[name])}.`)
        return Effect.succeed(undefined as A)
      })
    )
  const dialects = doors.filter((door) => door !== "native")
  return Effect.gen(function* () {
    const keysText = yield* Config.String("REFUND_API_KEYS").pipe(Effect.orElseSucceed(() => ""))
    const { faults, keys } = readKeys(keysText)
    sentences.push(...faults)
    const host = yield* read("HOST", Config.NonEmptyString, "a host name or an address")
    const tenant = (yield* read("REFUND_TENANT", Tenant, "a name of at most 255 characters")) as TenantId
    const settings: Configuration = {
      port: yield* read("PORT", Port, "a port number from 0 to 65535"),
      host,
      ...readDatabase(values, sentences),
      tenant,
      moreTenants: readTenants(values["REFUND_MORE_TENANTS"] ?? "", sentences),
      keys,
      tokens: readTokens(values, sentences, tenant),
      limits: readLimits(values, sentences),
      dialectAtRoot: yield* read(
        "REFUND_DIALECT_AT_ROOT",
        (name) => Config.withDefault(Config.Literals(dialects, name), null),
        `one of ${dialects.join(", ")}`
      ),
      worker: (yield* read("REFUND_WORKER", (name) => Config.Literals(["on", "off"], name), "on or off")) === "on",
      workerAddress: readWorkerAddress(values, sentences),
      leaseMilliseconds: 1_000 * (yield* read("REFUND_LEASE_SECONDS", Lease, "a whole number from 1 to 3600")),
      retentionMilliseconds: readRetention(values, sentences),
      providers: readProviders(values, sentences),
      accounts: readAccounts(env, sentences),
      webhooksToPrivate:
        (yield* read(
          "REFUND_WEBHOOKS_TO_PRIVATE",
          (name) => Config.withDefault(Config.Literals(["on", "off"], name), loopback.has(host) ? "on" : "off"),
          "on or off"
        )) === "on",
      waitMilliseconds: yield* read("REFUND_WAIT_MILLISECONDS", Wait, "a whole number from 0 to 60000"),
      logLevel: logLevels[yield* read("LOG_LEVEL", (name) => Config.Literals(levelNames, name), levelNames.join(", "))],
      logFormat: yield* read(
        "LOG_FORMAT",
        (name) => Config.Literals(["text", "logfmt", "json"], name),
        "text, logfmt or json"
      ),
      tracing: readTracing(values, sentences)
    }
    return sentences.length === 0 ? settings : yield* new ConfigurationFault({ sentences })
  }).pipe(Effect.provideService(ConfigProvider.ConfigProvider, provider))
}

/** Nobody but this machine can ask such a server for anything. */
const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"])

/** All that no log line may have. */
export const secretsOf = ({
  accounts,
  database,
  keys,
  providers,
  tracing
}: Pick<Configuration, "accounts" | "database" | "keys" | "providers" | "tracing">): ReadonlyArray<string> => [
  ...secretsOfDatabase(database),
  ...keys.map(({ secret }) => secret),
  ...secretsOfTracing(tracing),
  ...secretsOfProviders(providers),
  ...secretsOfAccounts(accounts)
]

const levelNames = Object.keys(logLevels) as ReadonlyArray<keyof typeof logLevels>

const checked =
  <A>(schema: Schema.ConstraintCodec<A, unknown>) =>
  (name: string) =>
    Config.schema(schema, name)
const within = (minimum: number, maximum: number) =>
  Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))

const Port = checked(within(0, 65_535))
const Wait = checked(within(0, 60_000))
/** A call gets at most a third of it. */
const Lease = checked(within(1, 3_600))
const Tenant = checked(TenantId)

const isTenant = Schema.is(TenantId)

const readTenants = (text: string, sentences: Array<string>): ReadonlyArray<TenantId> => {
  const named = text.split(",").flatMap((part) => part.trim() || [])
  if (!named.every(isTenant)) sentences.push("REFUND_MORE_TENANTS must be names of at most 255 characters.")
  return named.filter(isTenant)
}

/** An empty value is an unset one. */
const withDefaults = (env: Environment): Record<string, string> => {
  const values: Record<string, string> = {}
  for (const [name, variable] of Object.entries(variables)) {
    const value = env[name] === undefined || env[name] === "" ? variable.default : env[name]
    if (value !== "") values[name] = value
  }
  return values
}

/** The shell's key for a server. Whoever has exported it may start a server too, to which it means nothing. */
const shellKey = "REFUND_API_KEY"

/** A misspelled variable would silently be its default. Names of the repository's own tests are left alone. */
const unknownVariables = (env: Environment): ReadonlyArray<string> => {
  const ofAccounts = variablesOfAccounts(env)
  return Object.keys(env)
    .filter((name) => name.startsWith("REFUND_") && !name.startsWith("REFUND_TEST_") && name !== shellKey)
    .filter((name) => !Object.hasOwn(variables, name) && !ofAccounts.has(name))
    .map((name) => `${name} is not a variable of this server; it knows ${Object.keys(variables).join(", ")}.`)
}

interface ReadKeys {
  readonly keys: ReadonlyArray<BootstrapKey>
  readonly faults: ReadonlyArray<string>
}

const isName = Schema.is(PrincipalId)
const isPermission = Schema.is(KeyPermission)
const shortestSecret = 8

/** Permissions have colons too: the name ends at the first colon, the secret begins after the last. No fault repeats a secret. */
const readKeys = (text: string): ReadKeys => {
  const keys: Array<BootstrapKey> = []
  const faults: Array<string> = []
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
  for (const [index, part] of parts.entries()) {
    const where = `REFUND_API_KEYS, key ${index + 1}`
    const first = part.indexOf(":")
    const last = part.lastIndexOf(":")
    if (first === -1 || first === last) {
      faults.push(`${where}, must be name:permissions:secret.`)
      continue
    }
    const name = part.slice(0, first)
    const secret = part.slice(last + 1)
    const asked = part.slice(first + 1, last).split("+")
    const roles = asked.flatMap((each) => (each.startsWith("@") ? [each.slice(1)] : []).filter(isRole))
    const unknown = asked.filter((each) => !isPermission(each) && !(each.startsWith("@") && isRole(each.slice(1))))
    if (!isName(name)) faults.push(`${where}, needs a name before its first colon.`)
    if (unknown.length > 0) {
      faults.push(
        `${where}, has unknown permissions ${unknown.join(", ")}; there are * and ${[...permissions, ...roleNames.map((role) => `@${role}`)].join(", ")}.`
      )
    }
    if (secret.length < shortestSecret)
      faults.push(`${where}, needs a secret of at least ${shortestSecret} characters.`)
    if (isName(name)) keys.push({ name, ...allowed(roles, asked.filter(isPermission)), secret })
  }
  return { keys, faults }
}

/** Permissions stay in the order they were written in, as keys of before have them; roles bring theirs in ours. */
const allowed = (
  roles: ReadonlyArray<Role>,
  asked: ReadonlyArray<KeyPermission>
): Pick<BootstrapKey, "permissions" | "roles"> =>
  roles.length === 0 ? { permissions: asked } : { permissions: granted(roles, asked), roles }
