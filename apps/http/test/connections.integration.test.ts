/** What one connection may have: its answers in turn, so many requests that wait, and so long to read what it is told. */
import type { RequestListener } from "node:http"
import { connect, type Socket } from "node:net"
import { afterEach, assert, describe, it } from "vitest"
import { guardedServer } from "../src/guarding.ts"
import { waitingAtMost } from "../src/inTurn.ts"

const open: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

const listening = async (listener: RequestListener, unread = 60_000): Promise<number> => {
  const patience = { headers: 60_000, request: 60_000, look: 20, unread }
  const server = guardedServer(listener, { maxConnections: 10 }, patience)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  open.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("it listens on a port")
  return address.port
}

const connected = async (port: number): Promise<Socket> => {
  const socket = connect(port, "127.0.0.1").on("error", () => {})
  open.push(async () => void socket.destroy())
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()))
  return socket
}

const asking = (...paths: ReadonlyArray<string>): string =>
  paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join("")

/** Reads until so much of it was told, or the connection is closed. */
const toldUntil = (socket: Socket, end: string): Promise<string> =>
  new Promise((resolve) => {
    let text = ""
    socket.on("data", (part) => {
      text += part
      if (text.includes(end)) resolve(text)
    })
    socket.once("close", () => resolve(text))
  })

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once("close", () => resolve()))

const signal = () => {
  let give: () => void = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { give, given }
}

/** More than all buffers between server and client hold. */
const large = Buffer.alloc(32 * 1024 * 1024, "x")

describe("requests that are sent ahead on one connection", { timeout: 20_000 }, () => {
  it("are worked on one after the other, and all are answered, in order", async () => {
    const begun: Array<string> = []
    const underWay = { now: 0, most: 0 }
    const port = await listening((request, response) => {
      begun.push(request.url ?? "")
      underWay.most = Math.max(underWay.most, ++underWay.now)
      // The first ones would be answered last.
      setTimeout(() => {
        underWay.now--
        response.end(`answer to ${request.url};`)
      }, 5 - begun.length)
    })
    const socket = await connected(port)
    socket.write(asking("/1", "/2", "/3", "/4"))
    const told = await toldUntil(socket, "answer to /4;")
    assert.deepStrictEqual(
      told.match(/answer to \/\d/g),
      [1, 2, 3, 4].map((each) => `answer to /${each}`)
    )
    assert.strictEqual(underWay.most, 1)
    // The connection is as good as new.
    socket.write(asking("/5"))
    assert.include(await toldUntil(socket, "answer to /5;"), "answer to /5;")
    assert.deepStrictEqual(begun, ["/1", "/2", "/3", "/4", "/5"])
  })

  it("have their bodies, which came before their turn", async () => {
    const port = await listening(async (request, response) => {
      let body = ""
      for await (const part of request) body += part
      response.end(`got ${body};`)
    })
    const socket = await connected(port)
    const posting = (body: string) => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    socket.write(["one", "two", "six"].map(posting).join(""))
    assert.deepStrictEqual((await toldUntil(socket, "got six;")).match(/got \w+/g), ["got one", "got two", "got six"])
  })

  it("are not begun after an answer that closes the connection", async () => {
    const begun: Array<string> = []
    const port = await listening((request, response) => {
      begun.push(request.url ?? "")
      response.setHeader("connection", "close").end("the last")
    })
    const socket = await connected(port)
    socket.write(asking("/1", "/2"))
    assert.include(await toldUntil(socket, "never"), "the last")
    assert.deepStrictEqual(begun, ["/1"])
  })

  it.each([
    ["good ones", asking("/")],
    ["those without a host", "GET / HTTP/1.1\r\n\r\n"],
    ["those that expect what nobody knows", "GET / HTTP/1.1\r\nhost: x\r\nexpect: wonders\r\n\r\n"]
  ])(
    "and of which no answer is read: the second is not begun, and too many close the connection: %s",
    async (_, more) => {
      const begun: Array<string> = []
      const port = await listening((request, response) => {
        begun.push(request.url ?? "")
        response.end(large)
      })
      const socket = await connected(port)
      socket.pause()
      socket.write(asking("/first") + more.repeat(waitingAtMost + 1))
      // What was said is not read, so that it is closed is learned by writing.
      const writing = setInterval(() => socket.write("\r\n"), 5)
      open.unshift(async () => clearInterval(writing))
      await closed(socket)
      assert.deepStrictEqual(begun, ["/first"])
    }
  )

  it("without a host are told so, and with an expectation that nobody knows, as Node tells it: in their turn", async () => {
    const port = await listening((request, response) => void response.end(`answer to ${request.url};`))
    const expecting = "GET / HTTP/1.1\r\nhost: x\r\nexpect: wonders\r\n\r\n"
    const socket = await connected(port)
    socket.write(`${asking("/1")}${expecting}${asking("/2")}GET / HTTP/1.1\r\n\r\n${asking("/3")}`)
    const told = await toldUntil(socket, "never")
    assert.deepStrictEqual(
      told.match(/HTTP\/1.1 \d+/g),
      [200, 417, 200, 400].map((status) => `HTTP/1.1 ${status}`)
    )
    assert.notInclude(told, "/3")
    const old = await connected(port)
    old.write("GET /old HTTP/1.0\r\n\r\n")
    assert.include(await toldUntil(old, "never"), "answer to /old;")
  })
})

describe("an answer", () => {
  it("that stands still because nobody reads it closes the connection; one that is still worked on does not", async () => {
    const isUnread = signal()
    const mayAnswer = signal()
    const port = await listening((request, response) => {
      if (request.url === "/large") {
        response.once("close", isUnread.give).end(large)
        return
      }
      if (request.url === "/begun") response.flushHeaders()
      void mayAnswer.given.then(() => response.end("at last"))
    }, 100)
    const [working, streaming, silent] = [await connected(port), await connected(port), await connected(port)]
    working.write(asking("/work"))
    streaming.write(asking("/begun"))
    const answers = [toldUntil(working, "at last"), toldUntil(streaming, "at last")]
    silent.pause()
    silent.write(asking("/large"))
    // Both of the others have been silent for longer than this one.
    await isUnread.given
    mayAnswer.give()
    for (const answer of await Promise.all(answers)) assert.include(answer, "at last")
  })

  it("is read as slowly as its reader likes, as long as it goes on", async () => {
    const port = await listening((_, response) => void response.end(large), 1_000)
    const socket = await connected(port)
    socket.pause()
    let bytes = 0
    socket.on("data", (part) => {
      bytes += part.length
      if (bytes < large.length / 2) {
        socket.pause()
        setTimeout(() => socket.resume(), 1)
      }
    })
    const isWhole = new Promise<boolean>((resolve) => {
      socket.on("data", () => bytes > large.length && resolve(true)).once("close", () => resolve(false))
    })
    socket.write(asking("/large"))
    socket.resume()
    assert.isTrue(await isWhole)
  })
})
