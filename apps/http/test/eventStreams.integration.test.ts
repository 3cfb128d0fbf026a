import { afterEach, assert, describe, it } from "vitest"
import { payment } from "./support/call.ts"
import { openStream } from "./support/eventStream.ts"
import { loader, patiently } from "./support/load.ts"
import { adminKey, killAll, ledgerFile, startProcess } from "./support/process.ts"

afterEach(killAll)

const refunds = 340
/** `approval.requested`, then `approval.given` and `refund.created` in one entry. */
const events = refunds * 3

/** Small numbers from a seed, so that a failure can be run again. */
const drawing = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe("following the feed over connections that break", { timeout: 120_000 }, () => {
  it(`tells ${events} events of two servers' commits without gap or repeat, whenever it is cut off`, async () => {
    const seed = Date.now() % 100_000
    console.log(`seed ${seed}`)
    const draw = drawing(seed)
    const { database, remove } = await ledgerFile()
    const env = {
      REFUND_DATABASE_URL: database,
      REFUND_WORKER: "off",
      REFUND_API_KEYS: `admin:*:${adminKey},bob:*:bob-secret`
    }
    const servers = [await startProcess(env), await startProcess(env)]
    const [admin, other] = [loader(adminKey), loader("bob-secret")]
    const [ada, bob] = [patiently(admin.send), patiently(other.send)]
    const at = (index: number) => servers[index % 2]!.url

    let hasHappened = false
    const happening = async () => {
      for (let first = 0; first < refunds; first += 20) {
        await Promise.all(
          Array.from({ length: 20 }, async (_, each) => {
            const index = first + each
            const order = `o-${index % 7}`
            await ada("PUT", `${at(index)}/v1/orders/${order}`, payment(order, 100_000))
            const body = { amount: 1, requiresApproval: true }
            const made = await ada("POST", `${at(index)}/v1/orders/${order}/refunds`, body, {
              "idempotency-key": `k-${index}`
            })
            assert.strictEqual(made.status, 201, made.text)
            const approved = await bob("POST", `${at(index + 1)}/v1/refunds/${JSON.parse(made.text).id}/approve`, {})
            assert.strictEqual(approved.status, 200, approved.text)
          })
        )
      }
      hasHappened = true
    }

    const told: Array<{ readonly id: string; readonly data: Record<string, unknown> }> = []
    let connections = 0
    const following = async () => {
      let lastEventId: string | undefined
      let silences = 0
      while (told.length < events && silences < 3) {
        const stream = await openStream({
          url: at(connections++),
          key: adminKey,
          ...(lastEventId === undefined ? {} : { lastEventId })
        })
        // Cut off after so many events, or a moment later, wherever it then is.
        const patience = draw(40)
        for (let seen = 0; seen < patience && told.length < events; seen++) {
          const giveUp = setTimeout(stream.close, 5_000)
          const next = await stream.next()
          clearTimeout(giveUp)
          silences = next === null && hasHappened ? silences + 1 : 0
          if (next === null) break
          told.push(next)
          lastEventId = next.id
        }
        stream.close()
      }
    }
    await Promise.all([happening(), following()])
    console.log(`${told.length} events over ${connections} connections`)

    const whole: Array<Record<string, unknown>> = []
    for (let after = ""; ; ) {
      const page = JSON.parse((await ada("GET", `${at(0)}/v1/events?limit=200${after}`)).text)
      whole.push(...page.events)
      if (page.events.length === 0) break
      after = `&after=${page.next}`
    }
    assert.isAbove(connections, 20)
    assert.strictEqual(new Set(told.map(({ data }) => data["id"])).size, events)
    assert.deepStrictEqual(
      told.map(({ data }) => data),
      whole
    )
    const verified = JSON.parse((await ada("GET", `${at(0)}/v1/journal/verify`)).text)
    assert.isTrue(verified.ok)
    admin.close()
    other.close()
    await killAll()
    await remove()
  })
})
