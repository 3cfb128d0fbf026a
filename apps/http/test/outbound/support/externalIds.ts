/** A gateway that keeps the `externalId` that a refund is sent with, and lists its payments by it. */
import type { Json, Kept, Reply } from "./line.ts"

export const keepingExternalIds = (): Kept => {
  const ids = new Map<string, number>()
  return {
    saw: (request: Json, answer: Json) => {
      if (typeof request?.externalId === "string" && Number.isInteger(answer?.id))
        ids.set(request.externalId, answer.id)
    },
    answers: async (path, ask): Promise<Reply | null> => {
      const [base, query = ""] = path.split("?")
      if (base !== "/maverick/payments") return null
      const externalId = new URLSearchParams(query).get("filter[externalId]") ?? ""
      const id = ids.get(externalId)
      const found = id === undefined ? [] : [JSON.parse((await ask(`/maverick/payment/${id}`)).body)]
      const items = found.map((payment: Json) => ({ ...payment, externalId }))
      return { status: 200, body: JSON.stringify({ items, _meta: { totalCount: items.length } }) }
    }
  }
}
