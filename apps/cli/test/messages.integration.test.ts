import { createHmac } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Layer, ManagedRuntime, References } from "effect"
import type { TenantId } from "refund-core/Ids"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { Inbound } from "refund-service/Inbound"
import * as Service from "refund-service/Service"
import * as SqliteLedger from "refund-store/SqliteLedger"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { example } from "./support/orders.ts"
import { type Place, places } from "./support/places.ts"
import { type Ran, refund } from "./support/refund.ts"

/** What tests look at in any of the answers. */
// biome-ignore lint/suspicious/noExplicitAny: the assertions say what it must be
type Json = any

/** What a provider tells, on the ledger's own file: a wire for it is the server's. */
const told = async (database: string, news: ProviderNews) => {
  const ledger = Service.layer({ waitMilliseconds: 0 }).pipe(
    Layer.provideMerge(SqliteLedger.layer({ file: database, synchronous: "OFF" })),
    Layer.merge(Layer.succeed(References.MinimumLogLevel, "None"))
  )
  const runtime = ManagedRuntime.make(ledger)
  const to = { tenant: "default" as TenantId, provider: "stripe" }
  await runtime.runPromise(Inbound.use((inbound) => inbound.tell(to, [news])))
  await runtime.dispose()
}

const receiver = async () => {
  const delivered: Array<{ readonly headers: Record<string, unknown>; readonly text: string }> = []
  let status = 500
  const server = createServer((request, response) => {
    let text = ""
    request.on("data", (chunk) => {
      text += chunk
    })
    request.on("end", () => {
      delivered.push({ headers: request.headers, text })
      response.writeHead(status).end()
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delivered,
    accept: () => {
      status = 204
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}

describe.each(places)("what the ledger tells and is told, %s", (_, open) => {
  let place: Place
  beforeAll(async () => {
    place = await open()
  })
  afterAll(() => place.stop())

  const ada = (...args: ReadonlyArray<string>) => refund([...args, ...place.flags], { env: place.ada })
  const asJson = async (ran: Promise<Ran>, code = 0): Promise<Json> => {
    const { code: ended, err, out } = await ran
    assert.strictEqual(ended, code, `${out}\n${err}`)
    return JSON.parse(out)
  }
  const words = async (ran: Promise<Ran>, code = 0): Promise<Ran> => {
    const ended = await ran
    assert.strictEqual(ended.code, code, `${ended.out}\n${ended.err}`)
    assert.notInclude(ended.out + ended.err, "\u001b")
    return ended
  }
  const registered = async (more: Record<string, unknown> = {}) => {
    const order = example()
    const json = JSON.stringify({ ...JSON.parse(order.json), ...more })
    const put = await refund(["order", "put", "-", ...place.flags], { env: place.ada, input: json })
    assert.strictEqual(put.code, 0, put.err)
    return order
  }

  it("shows what a customer is owed, and pays for an order with it, once", async () => {
    assert.strictEqual((await words(ada("credit", "show", "nobody"))).out, "Customer nobody has no store credit\n")
    const customerId = `c-${Math.random()}`
    const bought = await registered({ customerId })
    await words(ada("request", bought.id, "5", "--type", "shipping", "--destination", "store_credit"))
    const shown = (await words(ada("credit", "show", customerId))).out
    assert.include(shown, `Customer ${customerId} has 5.00 USD\n  5.00 USD for good\n`)
    assert.match(shown, /^ *1 .+ posted +5\.00 +5\.00 +refund \S+$/m)

    const buying = await registered({ customerId, captures: [] })
    const spend = ["credit", "spend", customerId, buying.id, "4.50", "--id", `credit-${buying.id}`]
    const spent = await words(ada(...spend))
    assert.include(spent.out, `Spent: 4.50 USD of customer ${customerId}'s credit for order ${buying.id}`)
    assert.include(spent.out, "0.50 USD are left; the order has collected 4.50 USD")
    assert.include((await words(ada(...spend))).out, "Had been spent: 4.50 USD")
    const json = await asJson(ada(...spend, "--json"))
    assert.deepInclude(json, { id: `credit-${buying.id}`, changed: false, customerId })
    assert.deepInclude(json.credit, { currency: "USD", balance: 50, spendable: 50 })

    const more = ["credit", "spend", customerId, buying.id, "1", "--id", "more"]
    assert.include((await words(ada(...more), 1)).err, "ExceedsCredit  Spending 1.00 USD of 0.50 USD left")
    assert.strictEqual((await asJson(ada(...more, "--currency", "EUR", "--json"), 1)).code, "CurrencyMismatch")
    assert.strictEqual((await ada(...more.slice(0, 5))).code, 2)
    assert.strictEqual((await ada("credit", "spend", customerId, buying.id, "1,0", "--id", "x")).code, 2)
    const { balances } = await asJson(ada("credit", "show", customerId, "--json"))
    assert.deepStrictEqual(
      balances[0].entries.map(({ amount, balance, what }: Json) => [what, amount, balance]),
      [
        ["posted", 500, 500],
        ["spent", -450, 50]
      ]
    )
  })

  it("tells what happened, from a cursor on, and says what was kept quiet", async () => {
    const { next } = await asJson(ada("events", "--after", "now", "--json"))
    const order = await registered()
    const { id } = await asJson(ada("request", order.id, "1", "--requires-approval", "--skip-events", "--json"))
    await words(ada("cancel", id))
    const after = ["events", "--after", next] as const
    const page = await asJson(ada(...after, "--json"))
    assert.deepStrictEqual(
      page.events.map(({ refund, type }: Json) => [type, refund.id]),
      [
        ["approval.requested", id],
        ["approval.canceled", id]
      ]
    )
    const { out } = await words(ada(...after))
    assert.match(out, new RegExp(`^\\S+ \\S+ +approval\\.requested +order ${order.id} +refund ${id} +1\\.00 USD$`, "m"))
    assert.include(out, `Read on with --after ${page.next}\n`)
    assert.match((await words(ada("events", "--after", page.next))).out, /^Nothing new\n/)
    assert.deepStrictEqual((await asJson(ada(...after, "--types", "refund.*", "--json"))).events, [])
    assert.strictEqual((await asJson(ada(...after, "--limit", "1", "--json"))).events.length, 1)
    assert.strictEqual((await asJson(ada("events", "--types", "refunds", "--json"), 1)).code, "Malformed")
    const gone = await asJson(ada("events", "--after", "elsewhere", "--json"), 1)
    assert.deepInclude(gone, { code: "CursorGone", status: 410 })

    const quiet = await asJson(ada("request", order.id, "1", "--skip-events", "--json"))
    const muted = await words(ada("events", "--after", page.next, "--muted", "--types", "refund.created"))
    assert.match(muted.out, new RegExp(`refund ${quiet.id} .+\\(kept quiet\\)$`, "m"))
    const story = await words(ada("show", quiet.id))
    assert.match(story.out, /^ +kept quiet: refund\.created$/m)
    assert.match((await words(ada("show", id))).out, /^ +told: approval\.canceled$/m)
  })

  it("manages endpoints, whose secret is shown once, and looks at what became of deliveries", async () => {
    const inbox = await receiver()
    try {
      const added = await words(ada("webhooks", "add", inbox.url, "--id", "erp", "--event", "refund.created"))
      assert.match(
        added.out,
        /^Endpoint erp: refund\.created to http:.+\n {2}Standard Webhooks, signed with one secret\n/
      )
      const secret = /whsec_\S+/.exec(added.out)?.[0] ?? ""
      assert.include(added.err, "only time")
      const drawn = await asJson(ada("webhooks", "add", "https://shop.example", "--event", "*", "--disabled", "--json"))
      assert.match(drawn.id, /^we_/)
      const list = await words(ada("webhooks", "list"))
      assert.match(list.out, /^erp +enabled +refund\.created +standard +http:/m)
      assert.match(list.out, /^we_\S+ +disabled +\* +standard +https:\/\/shop\.example$/m)
      assert.notInclude(list.out, "whsec_")
      const changed = await asJson(ada("webhooks", "add", inbox.url, "--id", "erp", "--event", "refund.*", "--json"))
      assert.deepStrictEqual([changed.events, changed.secret], [["refund.*"], undefined])

      const rotated = await asJson(ada("webhooks", "rotate", "erp", "--json"))
      assert.deepStrictEqual([rotated.secrets, rotated.secret === secret], [2, false])
      const finished = await words(ada("webhooks", "rotate", "erp", "--finish"))
      assert.include(finished.out, "signed with one secret")
      assert.notInclude(finished.out, "whsec_")
      assert.strictEqual((await words(ada("webhooks", "remove", drawn.id))).out, `Endpoint ${drawn.id} removed\n`)
      assert.include((await words(ada("webhooks", "remove", drawn.id), 1)).err, "EndpointNotFound")

      assert.strictEqual((await words(ada("webhooks", "deliveries", "erp"))).out, "No deliveries\n")
      const order = await registered()
      await words(ada("request", order.id, "1", "--capture", order.capture))
      if (place.hasWorker) await delivering(inbox, rotated.secret)
      for (const args of [["replay"], ["replay", "erp", "--delivery", "1"], ["add"], ["deliveries"]]) {
        assert.strictEqual((await ada("webhooks", ...args)).code, 2, args.join(" "))
      }
      assert.include((await words(ada("webhooks", "replay", "--delivery", "4711"), 1)).err, "DeliveryNotFound")
      assert.include((await words(ada("webhooks", "add", "ftp://x", "--event", "*"), 1)).err, "Malformed")
    } finally {
      await ada("webhooks", "remove", "erp")
      inbox.close()
    }
  })

  /** Only a worker sends. The receiver takes nothing at first. */
  const delivering = async (inbox: Awaited<ReturnType<typeof receiver>>, secret: string) => {
    const deliveries = async () => (await asJson(ada("webhooks", "deliveries", "erp", "--json"))).deliveries
    let [failed] = await deliveries()
    while (failed === undefined || failed.tries === 0) [failed] = (await deliveries()).toReversed()
    assert.deepInclude(failed, { state: "waiting", lastAnswer: "500" })
    const { headers, text } = inbox.delivered[0] ?? { headers: {}, text: "" }
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`
    const key = Buffer.from(secret.replace("whsec_", ""), "base64")
    const signature = createHmac("sha256", key).update(signed).digest("base64")
    assert.strictEqual(headers["webhook-signature"], `v1,${signature}`)
    inbox.accept()
    const replayed = await words(ada("webhooks", "replay", "--delivery", String(failed.id)))
    assert.strictEqual(replayed.out, "1 delivery will be sent again\n")
    while (
      (await asJson(ada("webhooks", "deliveries", "erp", "--state", "delivered", "--json"))).deliveries.length === 0
    );
    const shown = await words(ada("webhooks", "deliveries", "erp"))
    assert.match(shown.out, /^ *\d+ +delivered +refund\.created +\S+ +\d+ +204$/m)
    assert.strictEqual((await words(ada("webhooks", "replay", "erp"))).out, "0 deliveries will be sent again\n")
  }

  it("looks at what providers told, and has it tried again", async () => {
    const about = { _tag: "unreadable", detail: "signed, but no event of Stripe's" } as const
    await told(place.database, { eventId: "evt_1\n", at: Date.now(), about })
    const { out } = await words(ada("inbox", "list", "--state", "parked"))
    assert.match(out, /^ *1 +parked +stripe +evt_1\\u000a +unreadable +.+ +signed, but no event/m)
    const json = await asJson(ada("inbox", "list", "--provider", "stripe", "--json"))
    assert.deepInclude(json.events[0], { id: 1, state: "parked", provider: "stripe", kind: "unreadable" })
    assert.strictEqual((await words(ada("inbox", "list", "--provider", "nobody"))).out, "Nothing\n")
    assert.strictEqual((await words(ada("inbox", "retry", "1"))).out, "Event 1 will be tried again\n")
    assert.include((await words(ada("inbox", "retry", "none"), 1)).err, "InboxEventNotFound")
    assert.strictEqual((await ada("inbox", "list", "--state", "lost")).code, 2)
  })

  it("closes the books, only forward", async () => {
    assert.strictEqual(
      (await words(ada("journal", "close", "2026-10-01"))).out,
      "Books before 2026-10-01 00:00:00Z are closed, for good\n"
    )
    const json = await asJson(ada("journal", "close", "2026-10-02T00:00:00+02:00", "--json"))
    assert.strictEqual(json.closedBefore, "2026-10-01T22:00:00.000Z")
    assert.include((await words(ada("journal", "close", "2026-09-01"), 1)).err, "not before what is closed already")
    assert.include((await words(ada("journal", "close", "2999-01-01"), 1)).err, "not in the future")
    assert.include((await words(ada("journal", "close", "yesterday"), 1)).err, "Malformed")
  })

  it("asks for permission", async () => {
    const made = await refund(["keys", "create", "reader", "--permission", "orders:read"], {
      env: { REFUND_DATABASE_URL: place.database }
    })
    const reader = { ...place.ada, REFUND_API_KEY: made.out.trim() }
    for (const [args, permission] of [
      [["credit", "show", "c-7"], "refunds:read"],
      [["credit", "spend", "c-7", "o", "1", "--id", "x", "--currency", "USD"], "credit:write"],
      [["events"], "refunds:read"],
      [["webhooks", "list"], "webhooks:manage"],
      [["webhooks", "add", "https://x.example", "--event", "*"], "webhooks:manage"],
      [["webhooks", "remove", "erp"], "webhooks:manage"],
      [["webhooks", "rotate", "erp"], "webhooks:manage"],
      [["webhooks", "rotate", "erp", "--finish"], "webhooks:manage"],
      [["webhooks", "deliveries", "erp"], "webhooks:manage"],
      [["webhooks", "replay", "erp"], "webhooks:manage"],
      [["webhooks", "replay", "--delivery", "1"], "webhooks:manage"],
      [["inbox", "list"], "refunds:read"],
      [["inbox", "retry", "1"], "refunds:resolve"],
      [["journal", "close", "2026-11-01"], "policy:manage"]
    ] as const) {
      const refused = await refund([...args, ...place.flags], { env: reader })
      assert.strictEqual(refused.code, 1, args.join(" "))
      assert.include(refused.err, `it needs ${permission}`, args.join(" "))
    }
  })

  it("helps with examples", async () => {
    for (const args of [
      ["credit", "show"],
      ["credit", "spend"],
      ["events"],
      ["webhooks", "list"],
      ["webhooks", "add"],
      ["webhooks", "remove"],
      ["webhooks", "rotate"],
      ["webhooks", "replay"],
      ["webhooks", "deliveries"],
      ["inbox", "list"],
      ["inbox", "retry"],
      ["journal", "close"],
      ["worker"]
    ]) {
      const { out } = await words(ada(...args, "--help"))
      assert.match(out, new RegExp(`EXAMPLES[\\s\\S]+refund ${args.join(" ")}`), args.join(" "))
    }
  })
})
