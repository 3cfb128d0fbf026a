/** All commands, walked: their help, what they print as JSON, and their completions. */
import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { AuditBody } from "refund-api/AuditBody"
import { RefundOrGroup } from "refund-api/Client"
import { CreditBody, SpentBody } from "refund-api/CreditBody"
import { DeliveriesBody, EndpointBody, EndpointsBody, ReplayedBody } from "refund-api/EndpointBody"
import { EventsBody } from "refund-api/EventBody"
import { InboxBody } from "refund-api/InboxBody"
import { GroupWithJournal, JournalBody, RefundWithJournal } from "refund-api/JournalBody"
import { KeyBody, KeysBody } from "refund-api/KeyBody"
import { RegisteredBody, VerifyBody } from "refund-api/LedgerBody"
import { OrderViewBody, PreviewBody } from "refund-api/OrderViewBody"
import { PolicyBody } from "refund-api/PolicyBody"
import { Problem } from "refund-api/Problem"
import { ProvidersBody } from "refund-api/ProviderBody"
import { RedactedBody } from "refund-api/RedactionBody"
import { PageBody } from "refund-api/RefundBody"
import { AgeingBody, ReportBody } from "refund-api/ReportBody"
import { assert, describe, it } from "vitest"
import { CheckpointBody } from "../src/checkpointFile.ts"
import { ConfigBody } from "../src/commands/config.ts"
import { DecidedBody } from "../src/commands/decideSeveral.ts"
import { DoctorBody } from "../src/commands/doctor.ts"
import { PrunedBody } from "../src/commands/prune.ts"
import { refund as root } from "../src/run.ts"
import { refundProcess } from "./support/bundle.ts"
import { example } from "./support/orders.ts"
import { refund, scratch } from "./support/refund.ts"

interface Walkable {
  readonly name: string
  readonly description: string | undefined
  readonly examples: ReadonlyArray<{ readonly command: string }>
  readonly subcommands: ReadonlyArray<{ readonly commands: ReadonlyArray<Walkable> }>
}

const leavesOf = (command: Walkable, path: ReadonlyArray<string> = []): ReadonlyArray<readonly [string, Walkable]> => {
  const below = command.subcommands.flatMap(({ commands }) => commands)
  if (below.length === 0) return [[path.join(" "), command]]
  return below.flatMap((each) => leavesOf(each, [...path, each.name]))
}
const leaves = leavesOf(root as unknown as Walkable)

const order = example()
const ids = [1, 2, 3, 4, 5, 6, 7].map((n) => `0191f5a7-44d3-7430-8739-00000000000${n}`)
const [sent, agreed, denied, canceled, several, other, settled] = ids as [string, ...Array<string>]
const asking = (amount: string, id: string | undefined, ...more: ReadonlyArray<string>) => [
  ...["request", order.id, amount, "--capture", order.capture, "--id", String(id), ...more]
]
const waits = "--requires-approval"
const note = ["--note", "as agreed"]

type Step = readonly [args: ReadonlyArray<string>, schema: Schema.ConstraintDecoder<unknown>, code?: number]

/** Run one after the other on one ledger, as bob where others have to agree. Where a rule says no, that is JSON too. */
const script: ReadonlyArray<Step> = [
  [["order", "put", join(scratch, "walked.json")], RegisteredBody],
  [["order", "show", order.id], OrderViewBody],
  [
    [
      ...["order", "capture", order.id, "10", "--id", "more", "--provider", "manual", "--tender", "cash"],
      ...["--captured-at", "2026-11-02T10:00:00Z"]
    ],
    RegisteredBody
  ],
  [["order", "dispute", order.id, "1", "--id", "dp", "--capture", "more", "--state", "won"], RegisteredBody],
  [["preview", order.id, "1"], PreviewBody],
  [asking("1", sent), RefundOrGroup],
  [asking("99", "0191f5a7-44d3-7430-8739-000000000099"), Problem, 1],
  ...[agreed, denied, canceled, several, other].map((id): Step => [asking("1", id, waits), RefundOrGroup]),
  [["BOB", "approve", String(agreed)], RefundOrGroup],
  [["BOB", "undo", String(agreed)], RefundOrGroup],
  [["BOB", "deny", String(denied)], RefundOrGroup],
  [["BOB", "approve", String(several), String(other), "--yes"], DecidedBody],
  [["cancel", String(canceled)], RefundOrGroup],
  [["retry", sent], Problem, 1],
  [["BOB", "resolve", sent, "--to", "settled", ...note], Problem, 1],
  [["request", order.id, "2", "--capture", "more", "--id", String(settled)], RefundOrGroup],
  [["BOB", "settle", String(settled), ...note], RefundOrGroup],
  [["reverse", String(settled), ...note], RefundOrGroup],
  [["request", order.id, "3", "--destination", "store_credit"], RefundOrGroup],
  [["list", "--all"], PageBody],
  [["show", sent], Schema.Union([RefundWithJournal, GroupWithJournal])],
  [["credit", "show", "c-7"], CreditBody],
  [["credit", "spend", "c-7", order.id, "1", "--id", "spent"], SpentBody],
  [["events"], EventsBody],
  [["webhooks", "add", "https://shop.example/in", "--id", "shop"], EndpointBody],
  [["webhooks", "list"], EndpointsBody],
  [["webhooks", "rotate", "shop"], EndpointBody],
  [["webhooks", "deliveries", "shop"], DeliveriesBody],
  [["webhooks", "replay", "shop"], ReplayedBody],
  [["webhooks", "remove", "shop"], Schema.Struct({ removed: Schema.String })],
  [["inbox", "list"], InboxBody],
  [["inbox", "retry", "1"], Problem, 1],
  [["policy", "set", "--set", "creditDays=365"], PolicyBody],
  [["policy", "show"], PolicyBody],
  [["audit", "--about", "settings"], AuditBody],
  [["providers", "set", "stripe=own"], ProvidersBody],
  [["providers", "show"], ProvidersBody],
  [["keys", "create", "cy", "--role", "viewer"], KeyBody],
  [["keys", "list"], KeysBody],
  [["keys", "rotate", "CY"], KeyBody],
  [["keys", "revoke", "CY"], Schema.Struct({ revoked: Schema.String })],
  [["journal", "show", order.id], JournalBody],
  [["journal", "close", "2026-01-01"], PolicyBody],
  ...["day", "reason", "state", "provider"].map((name): Step => [["report", name], ReportBody]),
  [["report", "ageing"], AgeingBody],
  [["verify"], VerifyBody],
  [["checkpoint", join(scratch, "walked.checkpoint")], CheckpointBody],
  [["redact", "refund", String(denied)], RefundOrGroup],
  [["redact", "order", order.id], RedactedBody],
  [["prune", "--days", "90"], PrunedBody],
  [["config"], ConfigBody],
  [["doctor"], DoctorBody]
]

/** They stay, read or write files of rows, or other ledgers: tests of their own have them. */
const elsewhere = ["serve", "worker", "import", "reconcile", "copy", "migrate"]
const isElsewhere = (path: string) => elsewhere.includes(path) || path.startsWith("export ")

describe("every command", () => {
  it("has help that says what it does, with an example that is it", async () => {
    assert.isAbove(leaves.length, 45)
    for (const [path, { description, examples }] of leaves) {
      assert.isAbove(description?.length ?? 0, 10, path)
      assert.isAbove(examples.length, 0, path)
      assert.include(examples[0]?.command, `refund ${path}`, path)
      const { code, err, out } = await refund([...path.split(" "), "--help"])
      assert.deepStrictEqual([code, err], [0, ""], path)
      assert.include(out, examples[0]?.command ?? "", path)
    }
  })

  it("prints as JSON what its schema says, also where a rule says no", async () => {
    const walked = new Set(script.map(([args]) => args.filter((each) => each !== "BOB").join(" ")))
    const missed = leaves.map(([path]) => path).filter((path) => !isElsewhere(path))
    assert.deepStrictEqual(
      missed.filter((path) => ![...walked].some((line) => `${line} `.startsWith(`${path} `))),
      []
    )
    writeFileSync(join(scratch, "walked.json"), order.json)
    const env = { REFUND_DATABASE_URL: `file:${join(scratch, "walked.db")}` }
    const bob = {
      ...env,
      REFUND_API_KEY: (await refund(["keys", "create", "bob", "--permission", "*"], { env })).out.trim()
    }
    let cy = ""
    for (const [line, schema, code = 0] of script) {
      const args = line.filter((each) => each !== "BOB").map((each) => (each === "CY" ? cy : each))
      const ran = await refund([...args, "--json"], { env: line[0] === "BOB" ? bob : env, isTTY: false })
      const told = `${args.join(" ")}: ${ran.out}${ran.err}`
      assert.strictEqual(ran.code, code, told)
      const json: unknown = JSON.parse(ran.out)
      assert.strictEqual(Schema.decodeUnknownResult(schema)(json)._tag, "Success", told)
      assert.notInclude(ran.out + ran.err, "\u001b", told)
      if (args[1] === "create") cy = (json as { readonly id: string }).id
    }
  })

  it("is completed by each shell, in a script that the shell can read", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { code, out } = await refundProcess(["--completions", shell])
      assert.strictEqual(code, 0, shell)
      for (const word of ["checkpoint", "policy", "approve", "doctor", "report"]) assert.include(out, word, shell)
      const file = join(scratch, `completions.${shell}`)
      writeFileSync(file, out)
      if (hasShell(shell)) execFileSync(shell, ["-n", file])
    }
  })
})

const hasShell = (shell: string): boolean => {
  try {
    execFileSync(shell, ["-c", "exit 0"])
    return true
  } catch {
    return false
  }
}
