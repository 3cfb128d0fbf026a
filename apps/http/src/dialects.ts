/** The dialects that answer beside the native API. */
import type { Dialect } from "refund-dialects/Dialect"
import { geins } from "refund-dialects/geins/inbound"
import { kibo } from "refund-dialects/kibo/inbound"
import { maverick } from "refund-dialects/maverick/inbound"
import { medusa } from "refund-dialects/medusa/inbound"
import { moyasar } from "refund-dialects/moyasar/inbound"

export const dialects: ReadonlyArray<Dialect> = [kibo, geins, moyasar, maverick, medusa]
