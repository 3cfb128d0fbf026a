/** What a provider told, as the text that is kept, both ways. It comes back just as it was, whatever it has come to say. */
import { canonical } from "refund-core/canonical"
import type { ProviderNews } from "refund-core/ports/ProviderNews"

/** An amount in the text: JSON has no bigint, and a mere string would come back as one. */
interface Amount {
  readonly bigint: string
}

const isAmount = (value: unknown): value is Amount =>
  typeof value === "object" && value !== null && "bigint" in value && typeof value.bigint === "string"

const written = (value: unknown): unknown => {
  if (typeof value === "bigint") return { bigint: String(value) } satisfies Amount
  if (Array.isArray(value)) return value.map(written)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, written(field)]))
}

export const newsText = (news: ProviderNews): string => canonical(written(news))

export const readNews = (text: string): ProviderNews =>
  JSON.parse(text, (_, value: unknown) => (isAmount(value) ? BigInt(value.bigint) : value)) as ProviderNews
