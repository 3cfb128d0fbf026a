/** Store credit in words: what is owed, until when it is good, and how it came to that. */
import type { AccountBody, CreditBody, SpentBody } from "refund-api/CreditBody"
import { harmless, type Paint } from "./paint.ts"
import { table } from "./table.ts"
import { decimal, moment, money } from "./words.ts"

export const creditInWords = ({ balances, customerId }: CreditBody, paint: Paint): string => {
  if (balances.length === 0) return `Customer ${harmless(customerId)} has no store credit`
  return balances.map((account) => accountInWords(customerId, account, paint)).join("\n\n")
}

const accountInWords = (customerId: string, account: AccountBody, paint: Paint): string => {
  const { balance, currency, entries = [], lots, spendable } = account
  const owed = `Customer ${harmless(customerId)} has ${money(spendable, currency)}`
  return [
    paint("bold", owed) + (balance === spendable ? "" : `, and ${money(balance - spendable, currency)} that expired`),
    ...lots.map(
      ({ amount, expiresAt }) =>
        `  ${money(amount, currency)} ${expiresAt === null ? "for good" : `until ${moment(expiresAt)}`}`
    ),
    ...(entries.length === 0 ? [] : ["", entriesTable(account, paint)])
  ].join("\n")
}

const entriesTable = ({ currency, entries = [] }: AccountBody, paint: Paint): string =>
  table(
    [
      { name: "#", right: true },
      { name: "when" },
      { name: "who" },
      { name: "what" },
      { name: "amount", right: true },
      { name: "balance", right: true },
      { name: "for" }
    ],
    entries.map(({ amount, at, balance, by, captureId, orderId, refundId, seq, what }) => [
      String(seq),
      moment(at),
      by,
      what,
      decimal(amount, currency),
      decimal(balance, currency),
      refundId === null ? (orderId === null ? "" : `order ${orderId}, capture ${captureId}`) : `refund ${refundId}`
    ]),
    paint
  )

export const spentInWords = ({ changed, credit, customerId, id, order }: SpentBody, paint: Paint): string => {
  const { currency, spendable } = credit
  const paid = order.captures.find((capture) => capture.id === id)
  const amount = paid === undefined ? "" : `${money(paid.collected, currency)} `
  const was = changed ? paint("bold", "Spent") : "Had been spent"
  return [
    `${was}: ${amount}of customer ${harmless(customerId)}'s credit for order ${harmless(order.id)}, as capture ${harmless(id)}`,
    `  ${money(spendable, currency)} are left; the order has collected ${money(order.collected, currency)}`
  ].join("\n")
}
