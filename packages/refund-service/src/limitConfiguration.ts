/** What the environment says of how much is let in, and from whom: only read and checked here. */
import { isIP } from "node:net"
import type { Rate, RateSettings } from "./allowances.ts"
import type { ImportLimits } from "./importing/ImportRoom.ts"
import { type Reader, readerOf, type Values } from "./providerReader.ts"

export const limitVariables = {
  REFUND_RATE_LIMIT: {
    default: "",
    means:
      "A credential's requests/seconds, such as 600/60: of each server; of all on one PostgreSQL. Unset: as it likes"
  },
  REFUND_RATE_LIMIT_TENANT: {
    default: "",
    means: "The same for all credentials of a tenant together"
  },
  REFUND_RATE_LIMIT_REFUSED: {
    default: "",
    means: "Refused credentials from one address that are looked up: requests/seconds; of each server. Unset: all"
  },
  REFUND_MAX_CONNECTIONS: { default: "10000", means: "So many connections at once; more are closed. 1 to 1000000" },
  REFUND_IMPORT_MEGABYTES: { default: "256", means: "The largest body of POST /v1/imports, in MiB, 1 to 65536" },
  REFUND_IMPORTS_AT_ONCE: { default: "4", means: "So many imports at once; more are told to come later. 1 to 1000" },
  REFUND_TRUST_PROXY: {
    default: "off",
    means: "Whose X-Forwarded-For is believed: off, a number of proxies, or addresses and networks, comma-separated"
  },
  REFUND_JOURNAL_ADDRESSES: {
    default: "on",
    means: "on: journal entries say from which address they were asked for; off: not"
  }
} as const
export type LimitVariable = keyof typeof limitVariables

export interface LimitSettings {
  readonly rates: RateSettings
  /** For each address, of credentials that are refused. Null: no limit. */
  readonly refused: Rate | null
  readonly maxConnections: number
  readonly imports: ImportLimits
  /** As Express takes it; false: nobody's. */
  readonly trustProxy: false | number | ReadonlyArray<string>
  readonly journalAddresses: boolean
}

/** Adds a sentence for everything that is wrong. */
export const readLimits = (values: Values, sentences: Array<string>): LimitSettings => {
  const read = readerOf<LimitVariable>(values, sentences)
  return {
    rates: { each: rate(read, "REFUND_RATE_LIMIT"), tenant: rate(read, "REFUND_RATE_LIMIT_TENANT") },
    refused: rate(read, "REFUND_RATE_LIMIT_REFUSED"),
    maxConnections: read.whole("REFUND_MAX_CONNECTIONS", 1, 1_000_000) ?? 10_000,
    imports: {
      bytes: (read.whole("REFUND_IMPORT_MEGABYTES", 1, 65_536) ?? 256) * 1024 * 1024,
      atOnce: read.whole("REFUND_IMPORTS_AT_ONCE", 1, 1_000) ?? 4
    },
    trustProxy: trustProxy(read),
    journalAddresses: read.one("REFUND_JOURNAL_ADDRESSES", ["on", "off"]) === "on"
  }
}

const rate = ({ text, wrong }: Reader<LimitVariable>, name: LimitVariable): Rate | null => {
  const said = text(name)
  if (said === null) return null
  const [, requests, seconds] = /^([1-9]\d{0,8})\/([1-9]\d{0,4})$/u.exec(said) ?? []
  if (requests !== undefined && seconds !== undefined) {
    return { requests: Number(requests), milliseconds: Number(seconds) * 1_000 }
  }
  wrong(`${name} must be requests/seconds such as 600/60, not ${JSON.stringify(said)}.`)
  return null
}

/** Trusting everybody would let each caller choose the address that the journal and the logs have of it. */
const trustProxy = ({ list, text, wrong }: Reader<LimitVariable>): LimitSettings["trustProxy"] => {
  const said = text("REFUND_TRUST_PROXY")
  if (said === null || said === "off") return false
  if (/^[1-9]$/u.test(said)) return Number(said)
  const trusted = list("REFUND_TRUST_PROXY")
  if (trusted.length > 0 && trusted.every(isNetwork)) return trusted
  wrong(
    `REFUND_TRUST_PROXY must be off, a number of proxies from 1 to 9, or addresses and networks, not ${JSON.stringify(said)}.`
  )
  return false
}

const isNetwork = (text: string): boolean => {
  if (["loopback", "linklocal", "uniquelocal"].includes(text)) return true
  const [address = "", prefix, ...more] = text.split("/")
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  return prefix === undefined || (/^[1-9]\d{0,2}$/u.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}
