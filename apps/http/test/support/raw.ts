/** Asks with a path and headers as they are given: nothing is normalised or refused on the way. */
import { Agent, request } from "node:http"

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly text: string
  readonly milliseconds: number
}

export interface RawAsk {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
  /** Without a length: in chunks. */
  readonly chunked?: boolean
}

export const rawClient = (url: string) => {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const ask = ({ body, chunked = false, headers, method, path }: RawAsk): Promise<RawAnswer> =>
    new Promise((resolve, reject) => {
      const since = Date.now()
      const bytes = body === undefined ? undefined : Buffer.from(body)
      const sized = bytes === undefined || chunked ? {} : { "content-length": String(bytes.length) }
      const sent = request({ hostname, port, agent, method, path, headers: { ...headers, ...sized } })
      sent.on("error", reject)
      sent.on("response", (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
            milliseconds: Date.now() - since
          })
        )
      })
      if (bytes !== undefined) sent.write(bytes)
      sent.end()
    })
  return { ask, close: () => agent.destroy() }
}
