/** Many requests at once over kept connections, with as little of its own work as possible. */
import { Agent, request } from "node:http"

export interface Reply {
  readonly status: number
  readonly text: string
}

type Send = ReturnType<typeof loader>["send"]

/** How long a server waits for a file that another process keeps to itself, before it tells who asks to come again. */
const fileIsWaitedFor = 5_000

/** Comes again after that long: the machine may leave a process alone in the middle of a commit. Whoever is sent away sooner is told so. */
export const patiently =
  (send: Send): Send =>
  async (...asked) => {
    for (;;) {
      const since = performance.now()
      const reply = await send(...asked)
      if (reply.status !== 503 || performance.now() - since < fileIsWaitedFor) return reply
    }
  }

export const loader = (key: string) => {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const send = (
    method: string,
    url: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {}
  ): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const sent = request(url, {
        method,
        agent,
        headers: {
          authorization: `Bearer ${key}`,
          ...(text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
          ...headers
        }
      })
      sent.on("error", reject)
      sent.on("response", (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("error", reject)
        response.on("aborted", () => reject(new Error("the answer broke off")))
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
      })
      sent.end(text)
    })
  return { send, close: () => agent.destroy() }
}
