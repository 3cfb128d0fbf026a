import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

export interface Ledger {
  readonly url: string
  readonly key: string
  /** Of the server's process. */
  readonly pid: number
  /** Orders `<prefix>1` … `<prefix>count`, each with one capture that no benchmark uses up. */
  readonly register: (prefix: string, count: number) => Promise<void>
  /** Every chain re-hashed, every figure recomputed, nothing over a cap; or an error. */
  readonly prove: () => Promise<string>
  readonly stop: () => Promise<void>
}

const root = join(import.meta.dirname, "..", "..")

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("no free port")
  return address.port
}

/** The bundled server on a fresh file or database, its worker off so that only the request path is measured. */
export const startLedger = async (database: string): Promise<Ledger> => {
  const port = await freePort()
  const key = "bench-secret-0123456789abcdef0123456789"
  const child = spawn(process.execPath, [join(root, "apps", "http", "dist", "main.js")], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      HOST: "127.0.0.1",
      PORT: String(port),
      REFUND_DATABASE_URL: database,
      REFUND_API_KEYS: `bench:*:${key}`,
      REFUND_WORKER: "off",
      LOG_LEVEL: "error"
    }
  })
  const url = `http://127.0.0.1:${port}`
  await healthy(url)

  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }

  const registerOne = (id: string) =>
    call("PUT", `/v1/orders/${id}`, {
      currency: "USD",
      captures: [
        {
          id: `capture-${id}`,
          amount: 1_000_000_000_000,
          provider: "simulator",
          tender: "card",
          capturedAt: "2026-11-01T10:00:00Z"
        }
      ]
    })

  return {
    url,
    key,
    pid: child.pid ?? 0,
    register: async (prefix, count) => {
      let next = 1
      const loop = async () => {
        while (next <= count) await (await registerOne(`${prefix}${next++}`)).text()
      }
      await Promise.all(Array.from({ length: 32 }, loop))
    },
    prove: async () => {
      const report = (await (await call("GET", "/v1/journal/verify")).json()) as {
        readonly ok: boolean
        readonly orders: number
        readonly entries: number
      }
      if (!report.ok) throw new Error(`the books do not hold: ${JSON.stringify(report)}`)
      return `${report.orders} orders, ${report.entries} entries, every chain and figure holds`
    },
    stop: async () => {
      child.kill("SIGTERM")
      await once(child, "exit")
    }
  }
}

const healthy = async (url: string): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    const ok = await fetch(`${url}/healthz`).then(
      (answer) => answer.ok,
      () => false
    )
    if (ok) return
    await sleep(50)
  }
  throw new Error("the ledger did not start; build it with `node tooling/run.mjs build`")
}
