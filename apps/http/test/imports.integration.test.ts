/** Imports that are cut off, refused for their size, or sent by clients that behave badly; on a file and on PostgreSQL. */
import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { request } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { noPostgres, sharedPostgres } from "../../../tooling/postgres/shared.ts"
import { guardedServer } from "../src/guarding.ts"
import { openUpload, type Pace } from "../src/upload.ts"
import { callerOf } from "./support/call.ts"
import { csv, importerOf } from "./support/imports.ts"
import { killAll, startProcess } from "./support/process.ts"
import { startServer } from "./support/server.ts"

const closing: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await killAll()
})

const started = async (env: Readonly<Record<string, string>> = {}) => {
  const server = await startServer({ env: { REFUND_WORKER: "off", ...env } })
  closing.push(server.stop)
  return server
}

interface Address {
  readonly url: string
  readonly adminKey: string
}

const orders = 20
const ordersCsv = `orderId,currency,captureId,captureAmount,provider,tender,capturedAt\n${Array.from(
  { length: orders },
  (_, at) => `o-${at},USD,o-${at}-c,1000.00,manual,cash,2026-01-01\n`
).join("")}`
const head = "orderId,amount,currency,reference\n"
const rows = (count: number) =>
  Array.from({ length: count }, (_, at) => `o-${at % orders},0.01,USD,RMA-${at}\n`).join("")

/** Sends rows and no end; `told`: something came back. */
const begun = ({ adminKey, url }: Address, text: string) => {
  const { hostname, port } = new URL(url)
  const headers = { authorization: `Bearer ${adminKey}`, ...csv }
  const sent = request({ hostname, port, method: "POST", path: "/v1/imports", headers })
  sent.on("error", () => {})
  const told = new Promise<void>((resolve) =>
    sent.on("response", (response) => {
      response.on("error", () => {})
      response.once("data", () => resolve())
    })
  )
  sent.write(text)
  return { sent, told }
}

const entriesOf = async (server: Address): Promise<number> =>
  (await callerOf(server)("GET", "/v1/journal/verify")).body.entries

/** What was begun is sent whole, and once more: each row is there once. */
const wholeMakesEachOnce = async (server: Address, before: number, count: number) => {
  const send = importerOf(server)
  const { last } = await send(head + rows(count))
  assert.strictEqual(last.totals.made + last.totals.replayed, count)
  assert.isAtLeast(last.totals.replayed, 768)
  assert.deepInclude((await send(head + rows(count))).last.totals, { made: 0, replayed: count, rejected: 0 })
  assert.strictEqual((await entriesOf(server)) - before, count)
}

const onFile = async () => {
  const folder = await mkdtemp(join(tmpdir(), "refunds-"))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  return { REFUND_DATABASE_URL: `file:${join(folder, "refunds.db")}` }
}
const onPostgres = async () => ({
  REFUND_DATABASE_URL: await sharedPostgres(),
  REFUND_DATABASE_SCHEMA: `s_${randomUUID().replaceAll("-", "_")}`
})

describe("an import that does not come to its end", { timeout: 180_000 }, () => {
  it("since its client is gone, is sent again as a whole, and makes nothing twice", async () => {
    const server = await started()
    assert.deepInclude((await importerOf(server)(ordersCsv)).last.totals, { made: orders })
    const before = await entriesOf(server)
    const { sent, told } = begun(server, head + rows(800))
    await told
    sent.destroy()
    await wholeMakesEachOnce(server, before, 900)
  })

  it.each([
    ["a file", onFile],
    ["PostgreSQL", onPostgres]
  ] as const)("since its server was killed, on %s, neither", async (name, place) => {
    if (name === "PostgreSQL" && noPostgres !== null) return
    const env = { ...(await place()), REFUND_WORKER: "off" }
    const first = await startProcess(env)
    assert.deepInclude((await importerOf(first)(ordersCsv)).last.totals, { made: orders })
    const before = await entriesOf(first)
    const { sent, told } = begun(first, head + rows(800))
    await told
    first.signal("SIGKILL")
    await first.exited
    sent.destroy()
    await wholeMakesEachOnce(await startProcess(env), before, 900)
  })
})

describe("what is let in", { timeout: 60_000 }, () => {
  it("are so many imports at once, the others are told to come again, and a place is free when one is over", async () => {
    const server = await started({ REFUND_IMPORTS_AT_ONCE: "1" })
    const { sent, told } = begun(server, ordersCsv + rows(800))
    await told
    const send = importerOf(server)
    const { problem, status } = await send(ordersCsv)
    assert.deepStrictEqual([status, problem.code], [503, "Unavailable"])
    sent.destroy()
    while ((await send(ordersCsv)).status === 503) await new Promise((resolve) => setTimeout(resolve, 50))
  })

  it("are so many bytes: with a length that is told before anything is read, else on the last line", async () => {
    const server = await started({ REFUND_IMPORT_MEGABYTES: "1" })
    const send = importerOf(server)
    const large = `${head}${"nobody,1.005,USD,x\n".repeat(60_000)}`
    const stated = await send(large)
    assert.deepStrictEqual([stated.status, stated.problem.code], [413, "TooLarge"])
    const unstated = await send(new Blob([large]).stream())
    assert.deepStrictEqual([unstated.status, unstated.last.problem.code], [200, "TooLarge"])
    assert.isAbove(unstated.last.totals.rejected, 10_000)
    assert.strictEqual(unstated.last.totals.rejected, unstated.rejected.length)
  })

  it("is a client that reads nothing before it has sent all: it holds nothing up, and each rejected row is told or counted", async () => {
    const server = await started()
    const count = 40_000
    const body = `${head}${`nobody,1.${"0".repeat(60)}5,USD,x\n`.repeat(count)}`
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.pause()
    await new Promise<void>((resolve, reject) => {
      socket.on("error", reject)
      socket.write(
        `POST /v1/imports HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.adminKey}\r\nconnection: close\r\n` +
          `content-type: text/csv\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        () => resolve()
      )
    })
    let text = ""
    socket.setEncoding("utf8")
    await new Promise<void>((resolve) => {
      socket.on("data", (part) => {
        text += part
      })
      socket.on("close", () => resolve())
      socket.resume()
    })
    const { totals } = JSON.parse(/\{"totals".*\}/.exec(text)?.[0] ?? "null")
    assert.deepInclude(totals, { rows: count, rejected: count })
    // How many there was no room for is as the machine's sockets are; none is lost without a word.
    const told = text.match(/"rejected":\{/g)?.length ?? 0
    assert.isAbove(told, 10_000)
    assert.strictEqual(told + totals.untold, count)
  })
})

describe("a body that is read as it comes", () => {
  /** Answers how it ended. `late`: a request took longer than others may. */
  const listening = async (pace: Pace, request = 60_000) => {
    const limits = { headers: request, request, look: 50, unread: 60_000 }
    const server = guardedServer(
      (incoming, response) => {
        const upload = openUpload(incoming, response, ["text/csv"], pace)
        if (typeof upload === "string" || "_tag" in upload) return void response.writeHead(415).end()
        void (async () => {
          let next = await upload.next()
          while (typeof next !== "string") next = await upload.next()
          response.end(next)
        })()
      },
      { maxConnections: 10 },
      limits
    )
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    closing.push(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    const late = new Promise<void>((resolve) =>
      server.on("clientError", ({ code }: NodeJS.ErrnoException) => code === "ERR_HTTP_REQUEST_TIMEOUT" && resolve())
    )
    return { port: (server.address() as AddressInfo).port, late }
  }
  const sending = (port: number) => {
    const sent = request({ port, host: "127.0.0.1", method: "POST", path: "/", headers: csv })
    const answer = new Promise<string>((resolve) => {
      sent.on("error", () => resolve("closed"))
      sent.on("response", (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (part) => {
          text += part
        })
        response.on("error", () => resolve("closed"))
        response.on("end", () => resolve(text))
      })
    })
    return { sent, answer }
  }

  it("may take longer than other requests while enough of it comes", async () => {
    const { late, port } = await listening({ bytes: 10, milliseconds: 20_000, afterwards: 100 }, 2_000)
    const { answer, sent } = sending(port)
    const sendingOn = setInterval(() => sent.write("0123456789"), 100)
    await Promise.race([late, answer])
    clearInterval(sendingOn)
    sent.end("0123456789")
    assert.strictEqual(await answer, "end")
  })

  it("ends where too little of it comes, and then so does its connection", async () => {
    const { port } = await listening({ bytes: 1_000, milliseconds: 300, afterwards: 100 })
    const { answer, sent } = sending(port)
    const drip = setInterval(() => sent.write("."), 20)
    const closed = new Promise<void>((resolve) => sent.on("close", () => resolve()))
    assert.strictEqual(await answer, "slow")
    await closed
    clearInterval(drip)
  })
})
