/** A chain in words: its entries, and what was booked by them as double entry. */
import type { JournalBody, PostingBody } from "refund-api/JournalBody"
import type { Paint } from "./paint.ts"
import { storyInWords } from "./story.ts"
import { type Cell, table } from "./table.ts"
import { decimal, moment } from "./words.ts"

export const journalInWords = ({ entries, postings }: JournalBody, paint: Paint): string =>
  entries.length === 0
    ? "No entries"
    : [
        storyInWords(entries, [], paint, { about: true }),
        postings.length === 0 ? "Nothing was booked" : booked(postings, paint)
      ].join("\n\n")

const booked = (postings: ReadonlyArray<PostingBody>, paint: Paint): string =>
  table(
    [
      { name: "#", right: true },
      { name: "booked" },
      { name: "for" },
      { name: "account" },
      { name: "debit", right: true },
      { name: "credit", right: true },
      { name: "" }
    ],
    postings.flatMap(({ bookedAt, currency, lines, seq, source }) =>
      lines.map(
        ({ account, amount }, index): ReadonlyArray<Cell> => [
          index === 0 ? String(seq) : "",
          index === 0 ? moment(bookedAt).slice(0, 10) : "",
          index === 0 ? source : "",
          account,
          amount > 0n ? decimal(amount, currency) : "",
          amount < 0n ? decimal(-amount, currency) : "",
          currency
        ]
      )
    ),
    paint
  )
