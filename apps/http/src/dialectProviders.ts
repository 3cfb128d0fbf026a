/** The systems that a server calls in one of the five dialects. One is loaded only where it is configured. */
import { readFile } from "node:fs/promises"
import type { DialectProviderSettings, KiboSettings } from "refund-service/dialectProviders"
import type { Providers, Registered } from "refund-service/Providers"

type Some<Name extends keyof DialectProviderSettings> = NonNullable<DialectProviderSettings[Name]>

export const dialectProvidersOf = async (settings: DialectProviderSettings): Promise<Providers> => {
  const { geins, kibo, maverick, medusa, moyasar } = settings
  return {
    ...(kibo === null ? {} : { kibo: await kiboOf(kibo) }),
    ...(geins === null ? {} : { geins: await geinsOf(geins) }),
    ...(moyasar === null ? {} : { moyasar: await moyasarOf(moyasar) }),
    ...(maverick === null ? {} : { maverick: await maverickOf(maverick) }),
    ...(medusa === null ? {} : { medusa: await medusaOf(medusa) })
  }
}

const kiboOf = async ({ honoursKey, token, url, ...called }: Some<"kibo">): Promise<Registered> => {
  const { make } = await import("refund-dialects/kibo/outbound")
  return make({ ...called, baseUrl: url, accessToken: tokenIn(token), honoursIdempotencyKey: honoursKey })
}

const tokenIn = (token: KiboSettings["token"]) =>
  "text" in token ? token.text : async () => (await readFile(token.file, "utf8")).trim()

const geinsOf = async ({ author, url, ...called }: Some<"geins">): Promise<Registered> => {
  const { make } = await import("refund-dialects/geins/outbound")
  return make({ ...called, baseUrl: url, ...(author === null ? {} : { author }) })
}

const moyasarOf = async ({ url, ...called }: Some<"moyasar">): Promise<Registered> => {
  const { make } = await import("refund-dialects/moyasar/outbound")
  return make({ ...called, baseUrl: url })
}

const maverickOf = async ({ honoursKey, url, ...called }: Some<"maverick">): Promise<Registered> => {
  const { make } = await import("refund-dialects/maverick/outbound")
  return make({ ...called, baseUrl: url, honoursIdempotencyKey: honoursKey })
}

const medusaOf = async ({ honoursKey, url, ...called }: Some<"medusa">): Promise<Registered> => {
  const { make } = await import("refund-dialects/medusa/outbound")
  return make({ ...called, baseUrl: url, honoursIdempotencyKey: honoursKey })
}
