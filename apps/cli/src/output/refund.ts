/** Refunds in words: what was made, what would be, and the story of one. */
import type { RefundOrGroup } from "refund-api/Client"
import type { PreviewBody } from "refund-api/OrderViewBody"
import type { RefundBody } from "refund-api/RefundBody"
import type { Story } from "../Ledger.ts"
import { leftInWords, refundTable } from "./order.ts"
import { harmless, type Paint } from "./paint.ts"
import { storyInWords } from "./story.ts"
import { table } from "./table.ts"
import { violationsInWords } from "./violations.ts"
import { counted, destinations, moment, money, stateCell } from "./words.ts"

export const refundsOf = (of: RefundOrGroup | Story): ReadonlyArray<RefundBody> => ("refunds" in of ? of.refunds : [of])

export const madeInWords = (made: RefundOrGroup, paint: Paint): string => {
  if ("refunds" in made) {
    const head = `Group ${made.groupId}: ${money(made.amount, made.currency)} in ${made.refunds.length} refunds`
    return [paint("bold", head), refundTable(made.refunds, paint)].join("\n")
  }
  return [`${paint("bold", `Refund ${made.id}`)} is ${painted(made.state, paint)}`, `  ${sentence(made)}`].join("\n")
}

const painted = (state: RefundBody["state"], paint: Paint): string => {
  const cell = stateCell(state)
  return typeof cell === "string" ? cell : paint(cell.style, cell.text)
}

/** `19.99 USD of order A-1001, to the capture 882 (simulator)` */
const sentence = (refund: RefundBody): string => {
  const { amount, captureId, currency, destination, orderId, payout, provider, type } = refund
  const what = type === "default" ? "" : ` (${type})`
  const where = captureId === null ? destinations[destination] : `to capture ${captureId}`
  const who = provider === null ? "" : ` (${provider})`
  const less = payout === amount ? "" : `; ${money(payout, currency)} after deductions`
  return harmless(`${money(amount, currency)}${what} of order ${orderId}, ${where}${who}${less}`)
}

export const previewInWords = (preview: PreviewBody, paint: Paint): string => {
  const { accepted, after, before, left, refunds, violations } = preview
  const verdict = accepted
    ? [
        `${paint("green", "Would be accepted")}, as ${counted(refunds.length, "refund")}:`,
        ...refunds.map((refund) => `  ${sentence(refund)}, ${painted(refund.state, paint)}`)
      ]
    : [
        `${paint("red", "Would be rejected")}, for ${counted(violations.length, "reason")}:`,
        violationsInWords(violations, paint)
      ]
  return [
    verdict.join("\n"),
    ...(before === null ? [] : [leftInWords(before, accepted ? after : null, left, paint)])
  ].join("\n\n")
}

export const showInWords = (story: Story, paint: Paint): string =>
  [
    ...("refunds" in story ? [paint("bold", `Group ${story.groupId}, ${money(story.amount, story.currency)}`)] : []),
    ...refundsOf(story).map((refund) => oneInWords(refund, paint)),
    ...(story.journal === undefined ? [] : [storyInWords(story.journal, story.notifications ?? [], paint)])
  ].join("\n\n")

const oneInWords = (refund: RefundBody, paint: Paint): string => {
  const facts: ReadonlyArray<readonly [string, string | null]> = [
    ["what", sentence(refund)],
    ["reason", refund.reason],
    ["note", refund.note],
    ["author", refund.author],
    ["your reference", refund.reference],
    ["requested", by(refund.createdAt, refund.requestedBy, `through ${refund.door}`)],
    ["approved", refund.approvedAt === null ? null : by(refund.approvedAt, refund.approvedBy)],
    ["settled", refund.settledAt === null ? null : by(refund.settledAt, refund.settledBy)],
    ["reversed", refund.reversedAt === null ? null : moment(refund.reversedAt)],
    ["not paid, says", refund.failureProposedBy],
    ["provider's reference", refund.providerReference],
    ["why", refund.detail],
    ["group", refund.groupId === refund.id ? null : refund.groupId],
    ["like refund", refund.possibleDuplicateOf],
    ["noted", refund.violations.length === 0 ? null : refund.violations.map(({ code }) => code).join(", ")],
    ["draws on", parts(refund)],
    ["goodwill", refund.goodwill === 0n ? null : money(refund.goodwill, refund.currency)]
  ]
  const rows = facts.flatMap(([name, value]) => (value === null || value === "" ? [] : [[name, value]]))
  return [
    `${paint("bold", `Refund ${refund.id}`)} is ${painted(refund.state, paint)}`,
    table([{ name: "" }, { name: "" }], rows, paint).replace(/^\n/, ""),
    ...(refund.attempts.length === 0 ? [] : [attempts(refund, paint)])
  ].join("\n")
}

const by = (instant: number, who: string | null, how = ""): string =>
  [moment(instant), ...(who === null ? [] : [`by ${who}`]), ...(how === "" ? [] : [how])].join(" ")

const parts = ({ components, currency }: RefundBody): string | null =>
  components.length === 0
    ? null
    : components.map(({ amount, component }) => `${component} ${money(amount, currency)}`).join(", ")

const attempts = (refund: RefundBody, paint: Paint): string =>
  `\n${table(
    [
      { name: "attempt" },
      { name: "started" },
      { name: "outcome" },
      { name: "reference" },
      { name: "answered" },
      { name: "by its own time" },
      { name: "asked", right: true }
    ],
    refund.attempts.map(({ asked = 0, at, id, outcome, reference, startedAt, toldAt = null }) => [
      id,
      moment(startedAt),
      outcome ?? "in flight",
      reference ?? "",
      at === null ? "" : moment(at),
      toldAt === null ? "" : moment(toldAt),
      asked === 0 ? "" : `${asked}×`
    ]),
    paint
  )}`
