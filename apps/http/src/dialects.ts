/** The dialects that answer beside the native API. */
import type { Dialect } from "refund-dialects/Dialect"
import { medusa } from "refund-dialects/medusa/inbound"
import { moyasar } from "refund-dialects/moyasar/inbound"

export const dialects: ReadonlyArray<Dialect> = [moyasar, medusa]
