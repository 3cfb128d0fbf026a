/** A tenant's accounts at its providers in words: a row each provider. */
import type { ProvidersBody } from "refund-api/ProviderBody"
import type { Paint } from "./paint.ts"
import { type Cell, table } from "./table.ts"

export const providersInWords = ({ providers, usable, version }: ProvidersBody, paint: Paint): string => {
  const names = [...new Set([...Object.keys(providers), ...usable.flatMap((each) => each.providers)])].sort()
  const title = `${paint("bold", "Accounts at providers")}, settings version ${version}`
  if (names.length === 0) return `${title}\n\nThe server's own; no others may be used`
  const rows = names.map((name): ReadonlyArray<Cell> => {
    const account = providers[name]
    const others = usable.filter((each) => each.providers.includes(name)).map((each) => each.account)
    return [name, account === undefined ? "the server's own" : { text: account, style: "bold" }, others.join(", ")]
  })
  return [title, table([{ name: "provider" }, { name: "account" }, { name: "may be" }], rows, paint)].join("\n\n")
}
