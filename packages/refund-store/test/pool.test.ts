import { createServer } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { failureOf } from "../src/internal/postgres/failures.ts"
import { makePool } from "../src/internal/postgres/pool.ts"

/** A message of PostgreSQL's: its letter, its length, and what it says. */
const message = (letter: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head.write(letter)
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

const welcome = message("R", Buffer.alloc(4))
const ready = message("Z", Buffer.from("I"))
const goodbye = message(
  "E",
  Buffer.from("SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0")
)

describe("connections to PostgreSQL", () => {
  it("may be ended by a server that stops in the moment they are made: that is a lost connection, and nothing more", async () => {
    const server = createServer((socket) => {
      // All in one piece, as a process reads it that was busy meanwhile.
      socket.once("data", () => socket.end(Buffer.concat([welcome, ready, goodbye])))
      socket.on("error", () => {})
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    const pool = makePool({
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      connections: 1,
      statementMilliseconds: 1_000,
      lockMilliseconds: 1_000
    })
    const failed = await pool.use((connection) => connection.ask("SELECT 1")).catch((error: unknown) => error)
    assert.strictEqual(failureOf(failed), "lost")
    await pool.close()
    server.close()
  })
})
