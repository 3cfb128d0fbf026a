/** `refund audit`: who changed what, with what credential, from where, when and why. */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { AuditBody, type AuditEntryBody } from "refund-api/AuditBody"
import { withLedger } from "../connect.ts"
import type { LedgerFailure } from "../failures.ts"
import type { Ledger } from "../Ledger.ts"
import { answer } from "../output/answer.ts"
import { auditInWords } from "../output/audit.ts"
import { timeOf } from "./times.ts"

const text = (name: string, metavar: string, means: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(means), Flag.optional)

const flags = {
  by: text("by", "<name>", "Who did it: a key's name, a token's subject, a shell's user"),
  with: text("with", "<credential>", "By which credential: a key's id, a token's issuer, file"),
  from: text("from", "<time>", "From this day or time on: 2026-11-01, or 2026-11-01T10:00:00Z"),
  to: text("to", "<time>", "Before this day or time"),
  kind: text("kind", "<events>", "Only with one of these events: KeyCreated,KeyRevoked"),
  about: Flag.Literals("about", ["order", "credit", "settings"]).pipe(
    Flag.withDescription(
      "Only orders, customers' accounts, or what the tenant sets: keys, policies, webhooks, providers"
    ),
    Flag.optional
  )
}

type Query = Parameters<Ledger["audit"]>[0]

/** All pages: whoever audits leaves nothing out. */
const allOf = Effect.fnUntraced(function* (
  ledger: Ledger,
  query: Query
): Effect.fn.Return<ReadonlyArray<AuditEntryBody>, LedgerFailure> {
  const entries: Array<AuditEntryBody> = []
  let cursor: string | null = null
  do {
    const page: AuditBody = yield* ledger.audit({ ...query, limit: "200", ...(cursor === null ? {} : { cursor }) })
    entries.push(...page.entries)
    cursor = page.next
  } while (cursor !== null)
  return entries
})

export const audit = Command.make("audit", flags, ({ from, to, ...others }) => {
  const said = Object.entries({ ...others, from: Option.map(from, timeOf), to: Option.map(to, timeOf) })
  const query = Object.fromEntries(
    said.flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
  ) as Query
  return withLedger((ledger) =>
    Effect.flatMap(allOf(ledger, query), (entries) =>
      answer(AuditBody, { entries, next: null }, (paint) => auditInWords(entries, paint))
    )
  )
}).pipe(
  Command.withDescription("Who changed what, with what credential, from where, when and why; oldest first"),
  Command.withExamples([
    { command: "refund audit --about settings", description: "changes of keys, policies, webhooks and providers" },
    { command: "refund audit --by ada --from 2026-11-01 --json" },
    { command: "refund audit --kind RefundApproved,RefundResolved" }
  ])
)
