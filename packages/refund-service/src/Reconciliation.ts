/** A provider's settlement report, held against the ledger. Nothing is guessed: only its name or its id makes a refund the row's. */
import { Effect, Schema } from "effect"
import type { Reconciliation, ReportRow, RowResult } from "refund-api/ReconciliationBody"
import { timeToJson } from "refund-api/Time"
import type { Caller } from "refund-core/Command"
import type { CurrencyCode } from "refund-core/Currency"
import { RefundId } from "refund-core/Ids"
import { formatAmount } from "refund-core/Money"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { payout, type Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { compareLines, type ReportLine } from "refund-core/reportLine"
import { message, type Rejected } from "refund-core/Violation"
import { permitted } from "./permitted.ts"

const rowsAtOnce = 64

/** One result for each row, in their order. Marking needs `refunds:record`, looking `refunds:read`. */
export const reconcile = Effect.fnUntraced(function* (caller: Caller, asked: Reconciliation) {
  yield* permitted(caller, "refunds:read")
  if (asked.mark === true) yield* permitted(caller, "refunds:record")
  const { report, rows } = asked
  const found = yield* Effect.forEach(rows, (row) => seenBy(caller, asked.provider, row), { concurrency: rowsAtOnce })
  // All rows are looked at before any is marked: two may be one refund, and then neither is it.
  const seen = onceEach(yield* onItsLine(caller, report, found))
  if (asked.mark !== true) return seen.map(result)
  const marked = yield* Effect.forEach(seen, (each) => marking(caller, report, each), { concurrency: rowsAtOnce })
  // Somebody else may have been quicker, with another line.
  return (yield* onItsLine(caller, report, marked)).map(result)
})

type Failure = Rejected | LedgerUnavailable

interface Seen {
  readonly row: ReportRow
  readonly verdict: RowResult["verdict"]
  readonly refund: Refund | null
  readonly differences: ReadonlyArray<Difference>
}

const seenBy = Effect.fnUntraced(function* (caller: Caller, provider: string, row: ReportRow) {
  const [refund, other] = yield* candidates(caller, provider, row)
  if (refund === undefined) return { row, verdict: "missing_here", refund: null, differences: [] } satisfies Seen
  if (other !== undefined) {
    const here = `${refund.id} by its id, ${other.id} by its name at the provider`
    const differences = [{ field: "refund", here, there: row.reference ?? "" }]
    return { row, verdict: "ambiguous", refund: null, differences } satisfies Seen
  }
  const differences = differencesOf(provider, row, refund)
  return { row, verdict: differences.length > 0 ? "differing" : "matched", refund, differences } satisfies Seen
})

/** A refund goes out once, and comes back once: rows that match the same one are it only where all have its one name. */
const onceEach = (seen: ReadonlyArray<Seen>): ReadonlyArray<Seen> => {
  const rows = Map.groupBy(
    seen.filter(({ verdict }) => verdict === "matched"),
    meaning
  )
  return seen.map((each) => {
    const same = (each.verdict === "matched" && rows.get(meaning(each))) || [each]
    const [name = null, ...others] = new Set(same.map(({ row }) => row.reference ?? null))
    if (same.length === 1 || (name !== null && others.length === 0)) return each
    const there = `rows ${same.map(({ row }) => row.row).join(", ")}`.slice(0, 1_000)
    const differences = [{ field: "rows", here: `one refund, ${each.refund?.id ?? ""}`, there }]
    return { ...each, verdict: "ambiguous", differences }
  })
}

const meaning = ({ refund, row }: Seen): string => `${row.kind} ${refund?.id ?? ""}`

/** A refund that is reconciled is the line that it was reconciled as: under another name it is paid a second time. */
const onItsLine = Effect.fnUntraced(function* (caller: Caller, report: string, seen: ReadonlyArray<Seen>) {
  const refunds = yield* Refunds
  const orders = seen.flatMap((each) => reconciledAs(each)?.orderId ?? [])
  if (orders.length === 0) return seen
  const lines = yield* refunds.reconciledLines(caller, orders)
  return seen.map((each) => {
    const refund = reconciledAs(each)
    return refund === null ? each : held(each, report, refund, lines.get(refund.id))
  })
})

const reconciledAs = ({ refund, row, verdict }: Seen): Refund | null =>
  verdict === "matched" && row.kind === "refund" && refund !== null && refund.reconciledAt !== null ? refund : null

const held = (seen: Seen, report: string, refund: Refund, line: ReportLine | undefined): Seen => {
  const { at = null, reference = null } = seen.row
  const is = { report, reference, effectiveAt: at }
  switch (compareLines(is, line)) {
    case "same":
      return seen
    case "another": {
      const differences = [{ field: "reference", here: line?.reference ?? "", there: reference ?? "" }]
      return { ...seen, verdict: "differing", differences }
    }
    case "unclear": {
      const here = line === undefined ? `${refund.reconciledIn}, as which row is not known` : lineInWords(line)
      return { ...seen, verdict: "ambiguous", differences: [{ field: "report", here, there: lineInWords(is) }] }
    }
  }
}

const lineInWords = ({
  effectiveAt,
  reference,
  report
}: { readonly [Name in keyof ReportLine]: ReportLine[Name] | null }) =>
  reference === null
    ? `${report}, a row without a name${effectiveAt === null ? "" : ` of ${timeToJson(effectiveAt)}`}`
    : `${report}, row ${reference}`

const isRefundId = Schema.is(RefundId)

/** By our id, which the provider carries along, and by its own name. */
const candidates = (
  caller: Caller,
  provider: string,
  { reference, refundId }: ReportRow
): Effect.Effect<ReadonlyArray<Refund>, Failure, Refunds> =>
  Effect.gen(function* () {
    const refunds = yield* Refunds
    const ours = refundId?.toLowerCase() ?? ""
    const byName =
      reference === undefined || reference === null ? null : yield* refunds.match(caller, provider, { reference })
    const ids = new Set([...(isRefundId(ours) ? [ours] : []), ...(byName?._tag === "refund" ? [byName.refundId] : [])])
    const found = yield* Effect.forEach(ids, (id) =>
      refunds.group(caller, { id }).pipe(
        Effect.map((group) => group.filter((each) => each.id === id)),
        Effect.catch((failure) =>
          failure._tag === "Rejected" && failure.violations[0]._tag === "RefundNotFound"
            ? Effect.succeed([])
            : Effect.fail(failure)
        )
      )
    )
    return found.flat()
  })

type Difference = RowResult["differences"][number]

const differencesOf = (provider: string, row: ReportRow, refund: Refund): ReadonlyArray<Difference> => {
  const paid = payout(refund)
  const expected: ReadonlyArray<Refund["state"]> = row.kind === "refund" ? ["settled"] : ["reversed", "failed"]
  const differ = (field: string, here: string, there: string, isSame: boolean): ReadonlyArray<Difference> =>
    isSame ? [] : [{ field, here, there }]
  return [
    ...differ("provider", refund.provider ?? "none", provider, refund.provider === provider),
    ...differ("reference", refund.providerReference ?? "", row.reference ?? "", isItsName(row, refund)),
    ...differ("currency", refund.currency, row.currency, refund.currency === row.currency),
    ...differ(
      "amount",
      formatAmount(paid, refund.currency),
      formatAmount(row.amount, row.currency as CurrencyCode),
      paid === row.amount
    ),
    ...differ("state", refund.state, expected.join(" or "), expected.includes(refund.state))
  ]
}

/**
 * Under another name it is another payout, though our id was sent along with it. Names that its attempts had are its own too.
 * What comes back is a transaction of its own at some providers, and then has a name of its own.
 */
const isItsName = ({ kind, reference }: ReportRow, { attempts, providerReference }: Refund): boolean =>
  kind === "returned" ||
  providerReference === null ||
  (reference ?? providerReference) === providerReference ||
  attempts.some((attempt) => attempt.reference === reference)

/** What a rule says against it is a difference too. */
const marking = (caller: Caller, report: string, seen: Seen): Effect.Effect<Seen, Failure, Refunds> => {
  const { refund, row, verdict } = seen
  if (verdict !== "matched" || row.kind !== "refund" || refund === null || refund.reconciledAt !== null) {
    return Effect.succeed(seen)
  }
  return Effect.flatMap(Refunds, (refunds) =>
    refunds.execute({
      _tag: "ReconcileRefund",
      caller,
      refundId: refund.id,
      report,
      amount: row.amount,
      currency: row.currency as CurrencyCode,
      ...(row.reference === undefined || row.reference === null ? {} : { reference: row.reference }),
      ...(row.fee === undefined || row.fee === null ? {} : { fee: row.fee }),
      ...(row.at === undefined || row.at === null ? {} : { at: row.at })
    })
  ).pipe(
    Effect.map((group): Seen => ({ ...seen, refund: group.find((each) => each.id === refund.id) ?? refund })),
    Effect.catch((failure): Effect.Effect<Seen, Failure> => {
      if (failure._tag !== "Rejected") return Effect.fail(failure)
      const differences = [{ field: "rule", here: message(failure.violations[0]), there: at(row) }]
      return Effect.succeed({ ...seen, verdict: "differing", differences })
    })
  )
}

const at = (row: ReportRow): string => (row.at === undefined || row.at === null ? "" : timeToJson(row.at))

const result = ({ differences, refund, row, verdict }: Seen): RowResult => ({
  row: row.row,
  verdict,
  refundId: refund?.id ?? null,
  orderId: refund?.orderId ?? null,
  differences,
  reconciled: refund !== null && refund.reconciledAt !== null,
  reconciledIn: refund?.reconciledIn ?? null
})
