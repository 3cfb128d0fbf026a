/** API keys in words. */
import type { KeyBody, KeysBody } from "refund-api/KeyBody"
import { harmless, type Paint } from "./paint.ts"
import { type Cell, table } from "./table.ts"
import { moment } from "./words.ts"

const states: Record<KeyBody["state"], Cell> = {
  active: { text: "active", style: "green" },
  expired: { text: "expired", style: "red" }
}

/** What its roles mean is what it may do: only what goes beyond is worth a line of its own. */
const may = ({ permissions, roles }: KeyBody): string =>
  roles.length === 0 ? permissions.join(", ") : roles.map((role) => `@${role}`).join(", ")

const when = (time: number | null, otherwise: string): string => (time === null ? otherwise : moment(time))

export const keysInWords = ({ keys }: KeysBody, paint: Paint): string =>
  keys.length === 0
    ? "No keys"
    : table(
        [
          { name: "key" },
          { name: "name" },
          { name: "" },
          { name: "begins with" },
          { name: "may" },
          { name: "last used" },
          { name: "until" }
        ],
        keys.map((key) => [
          key.id,
          key.name,
          states[key.state],
          key.oldSecret === null
            ? (key.prefix ?? "")
            : `${key.prefix ?? ""} (${key.oldSecret.prefix ?? "the one before"} until ${when(key.oldSecret.expiresAt, "?")})`,
          may(key),
          when(key.lastUsedAt, "never"),
          when(key.expiresAt, "")
        ]),
        paint
      )

export const overlapInWords = ({ id, oldSecret }: KeyBody): string =>
  oldSecret === null
    ? `Key ${harmless(id)} has this secret only.`
    : `The secret before is good until ${when(oldSecret.expiresAt, "?")}, beside this one.`
