/** Somebody's own server that listens to the ledger's webhooks. */
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface Delivered {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: what a test asserts on is the wire, whose form it does not take for granted.
  readonly body: any
}

export interface Receiver {
  readonly url: string
  /** All that was delivered, oldest first. */
  readonly delivered: ReadonlyArray<Delivered>
  /** What it answers from now on. */
  readonly answer: (status: number) => void
  /** Resolves once `isEnough` of all that was delivered. */
  readonly until: (isEnough: (delivered: ReadonlyArray<Delivered>) => boolean) => Promise<ReadonlyArray<Delivered>>
  readonly close: () => Promise<void>
}

export const startReceiver = async (): Promise<Receiver> => {
  const delivered: Array<Delivered> = []
  const waiting = new Set<() => void>()
  let status = 204
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString()
      const headers = request.headers as Readonly<Record<string, string>>
      delivered.push({ path: request.url ?? "", headers, text, body: parsed(text) })
      response.writeHead(status).end()
      for (const wake of waiting) wake()
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delivered,
    answer: (next) => {
      status = next
    },
    until: (isEnough) =>
      new Promise((resolve) => {
        const wake = () => {
          if (!isEnough(delivered)) return
          waiting.delete(wake)
          resolve(delivered)
        }
        waiting.add(wake)
        wake()
      }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Which of these secrets have signed it, as Standard Webhooks says. */
export const signedWith = ({ headers, text }: Delivered, secrets: ReadonlyArray<string>): ReadonlyArray<string> => {
  const signatures = (headers["webhook-signature"] ?? "").split(" ")
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`
  return secrets.filter((secret) => {
    const key = Buffer.from(secret.replace("whsec_", ""), "base64")
    return signatures.includes(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`)
  })
}
