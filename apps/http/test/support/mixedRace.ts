/** T04: requests, consents, refusals, the provider's news and chargebacks, all about one capture at the same time. */
import { assert } from "vitest"
import { payment } from "./call.ts"
import type { Reply } from "./load.ts"
import type { ServerProcess } from "./process.ts"
import type { racing } from "./race.ts"

const total = 300
const writers = 8

const holding: ReadonlySet<string> = new Set([
  "pending_approval",
  "approved",
  "submitting",
  "pending",
  "requires_action",
  "unknown",
  "in_review"
])

interface Shown {
  readonly collected: number
  readonly held: number
  readonly refunded: number
  readonly disputed: number
  readonly refundable: number
  readonly refunds: ReadonlyArray<{ readonly amount: number; readonly state: string }>
}

/** The same numbers for the same seed. */
const randomFrom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** What is shown is one committed state: whatever came before, its figures are its refunds', and below its cap. */
const isSound = ({ collected, disputed, held, refundable, refunded, refunds }: Shown): void => {
  const sum = (isMeant: (state: string) => boolean) =>
    refunds.reduce((sum, { amount, state }) => sum + (isMeant(state) ? amount : 0), 0)
  assert.strictEqual(
    held,
    sum((state) => holding.has(state))
  )
  assert.strictEqual(
    refunded,
    sum((state) => state === "settled")
  )
  assert.strictEqual(collected, total)
  assert.isAtMost(held + refunded, collected)
  assert.strictEqual(refundable, Math.max(0, collected - held - refunded - disputed))
}

const answers: ReadonlySet<number> = new Set([200, 201, 409, 422])

/** So many steps in all, by eight writers at once; answers how often each answer came. */
export const raceOfAll = async (
  servers: ReadonlyArray<ServerProcess>,
  send: ReturnType<typeof racing>["send"],
  /** By the key of another one than who asks for refunds: nobody consents to their own. */
  other: ReturnType<typeof racing>["send"],
  { seed, steps }: { readonly seed: number; readonly steps: number }
): Promise<ReadonlyMap<number, number>> => {
  const name = `mixed-${seed}`
  const random = randomFrom(seed)
  const at = () => servers[random(servers.length)]!.url
  const order = () => `${at()}/v1/orders/${name}`
  await send("PUT", order(), payment(name, total, { reference: "sim_pending" }))
  const made: Array<string> = []
  const told = new Map<number, number>()

  const decide = (what: string) =>
    made.length === 0 ? null : other("POST", `${at()}/v1/refunds/${made[random(made.length)]}/${what}`, { note: "n" })
  const request = async (key: string): Promise<Reply> => {
    const body = { amount: 1 + random(30), requiresApproval: random(2) === 0 }
    const reply = await send("POST", `${order()}/refunds`, body, { "idempotency-key": key })
    if (reply.status === 201) made.push(JSON.parse(reply.text).id)
    return reply
  }
  const dispute = () =>
    send("POST", `${order()}/disputes`, {
      id: `d-${random(3)}`,
      captureId: `${name}-c`,
      amount: 20,
      state: ["open", "won", "lost"][random(3)],
      at: "2026-11-01T10:00:00Z"
    })
  const look = async () => isSound(JSON.parse((await send("GET", order())).text))

  const step = async (key: string): Promise<void> => {
    const kind = random(10)
    if (kind >= 9) return look()
    const reply = await (kind < 4
      ? request(key)
      : kind < 6
        ? decide("approve")
        : kind === 6
          ? decide("cancel")
          : kind === 7
            ? decide("deny")
            : dispute())
    if (reply === null) return
    assert.isTrue(answers.has(reply.status), `${reply.status} ${reply.text}`)
    told.set(reply.status, (told.get(reply.status) ?? 0) + 1)
  }

  const writer = async (writer: number): Promise<void> => {
    for (let index = 0; index < steps / writers; index++) await step(`${name}-${writer}-${index}`)
  }
  await Promise.all(Array.from({ length: writers }, (_, index) => writer(index)))
  await look()
  const shown: Shown = JSON.parse((await send("GET", order())).text)
  assert.strictEqual(shown.refunds.length, made.length)
  return told
}
