/** Whoever changes what was written is found, in every chain (P8): the ledger in memory, looked into and tampered with. */
import { deepStrictEqual, ok } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Command } from "refund-core/Command"
import { decide, scopeOf } from "refund-core/decide"
import { TenantId } from "refund-core/Ids"
import type { JournalEntry } from "refund-core/ports/LedgerReader"
import { caller, capture, order, policy, refundId, register, request, spend } from "../src/build.ts"
import { audit } from "../src/internal/audit.ts"
import { emptyBooks, type KeptCredit, load, type TenantBooks, tenantBooks, write } from "../src/internal/books.ts"

const account = "credit:USD:customer-1"

/** What two tenants have done, the same with other amounts. */
const written = (): readonly [TenantBooks, TenantBooks] => {
  const books = emptyBooks()
  const done = (tenant: string, amount: bigint): TenantBooks => {
    const by = caller({ tenant })
    const commands: ReadonlyArray<Command> = [
      policy({ creditDays: 30 }, { caller: by }),
      register(order({ customer: "customer-1", captures: [capture("c-1")] }), { caller: by }),
      request({ amount, destination: "store_credit", id: refundId(Number(amount)), caller: by }),
      spend(10n, { caller: by })
    ]
    for (const command of commands) {
      const { facts } = load(books, scopeOf(command))
      const decided = decide(command, facts)
      ok(decided._tag === "Success")
      write(books, scopeOf(command), facts, decided.success)
    }
    return tenantBooks(books, TenantId.make(tenant))
  }
  return [done("acme", 40n), done("others", 50n)]
}

const accountOf = (books: TenantBooks): KeptCredit => {
  const [kept] = books.credits.values()
  ok(kept !== undefined)
  return kept
}

const finds = (tamper: (books: TenantBooks, others: TenantBooks) => void, chain: string, seq: number, what: string) => {
  const [books, others] = written()
  deepStrictEqual(audit(books), { ok: true, orders: 1, entries: 6, problem: null })
  tamper(books, others)
  deepStrictEqual(audit(books).problem, { chain, seq, what })
}

const replace = (entries: Array<JournalEntry>, index: number, change: (entry: JournalEntry) => JournalEntry): void => {
  const entry = entries[index]
  ok(entry !== undefined)
  entries[index] = change(entry)
}

describe("whoever audits finds", () => {
  it("an amount of an account's entry that was changed", () => {
    const change = (entry: JournalEntry) => ({ ...entry, text: entry.text.replace('"amount":"40"', '"amount":"90"') })
    finds((books) => replace(accountOf(books).entries, 0, change), account, 1, "its hash is not that of its text")
  })

  it("an entry of an account that is gone, from its middle or from its end", () => {
    finds((books) => accountOf(books).entries.shift(), account, 1, "its hash is not that of its text")
    finds((books) => accountOf(books).entries.pop(), account, 1, "store credit kept is not what the journal gives")
  })

  it("credit that was given by nobody", () => {
    finds(
      (books) => {
        const kept = accountOf(books)
        kept.head = { ...kept.head, lots: kept.head.lots.map((lot) => ({ ...lot, left: lot.left + 1n })) }
      },
      account,
      2,
      "store credit kept is not what the journal gives"
    )
  })

  it("credit whose end was put off", () => {
    finds(
      (books) => {
        const kept = accountOf(books)
        kept.head = { ...kept.head, lots: kept.head.lots.map((lot) => ({ ...lot, expiresAt: null })) }
      },
      account,
      2,
      "store credit kept is not what the journal gives"
    )
  })

  it("a chain that is another tenant's, whole and well hashed", () => {
    finds(
      (books, others) => accountOf(books).entries.splice(0, 2, ...accountOf(others).entries),
      account,
      1,
      "it belongs to another tenant"
    )
  })

  it("an entry that was put into another chain", () => {
    finds(
      (books) => {
        const [kept] = books.orders.values()
        ok(kept !== undefined)
        kept.entries.splice(0, 2, ...accountOf(books).entries)
      },
      "order:o-1",
      1,
      "it belongs to another chain"
    )
  })
})
