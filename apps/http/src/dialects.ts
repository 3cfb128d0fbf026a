/** The dialects that answer beside the native API. */
import type { Dialect } from "refund-dialects/Dialect"
import { medusa } from "refund-dialects/medusa/inbound"

export const dialects: ReadonlyArray<Dialect> = [medusa]
