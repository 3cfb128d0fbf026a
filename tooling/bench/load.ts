/**
 * A closed-loop HTTP load: `connections` keep-alive sockets, one request outstanding on each. It speaks just enough
 * HTTP/1.1 over raw sockets to stay cheap on a machine that it shares with the server.
 * Runs as a process of its own: node load.ts '{"url": …}' prints one line of JSON.
 */
import { randomUUID } from "node:crypto"
import net from "node:net"
import { performance } from "node:perf_hooks"
import { setTimeout as sleep } from "node:timers/promises"
import { pathToFileURL } from "node:url"

export interface Load {
  readonly url: string
  /** `{id}`: one of `ids`, the same all over a request; `{draw}`: another one each time; `{uuid}`: a fresh one. */
  readonly path: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** The ids are `<prefix>1` … `<prefix>N`, drawn uniformly; `1`: always the same. */
  readonly ids: { readonly prefix: string; readonly count: number }
  readonly connections: number
  readonly warmupSeconds: number
  readonly seconds: number
}

export interface Figures {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly ok: number
  readonly failed: number
  /** The first answer that was no success. */
  readonly sample: string | null
}

interface Answer {
  readonly status: number
  readonly body: string
  /** The server closes the connection after it: it answers so many on one. */
  readonly isLast: boolean
}

const isLast = (head: string): boolean => /^connection: *close/im.test(head)

class Connection {
  readonly #socket: net.Socket
  #buffer = ""
  #answered: (answer: Answer) => void = () => {}

  constructor(url: URL) {
    this.#socket = net.connect(Number(url.port), url.hostname)
    this.#socket.setNoDelay(true)
    this.#socket.setEncoding("latin1")
    this.#socket.on("data", (chunk: string) => this.#read(chunk))
    this.#socket.on("error", (error) => this.#answered({ status: 0, body: error.message, isLast: true }))
    this.#socket.on("close", () => this.#answered({ status: 0, body: "closed", isLast: true }))
  }

  send(request: string): Promise<Answer> {
    return new Promise((resolve) => {
      this.#answered = resolve
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: string): void {
    this.#buffer += chunk
    const end = this.#buffer.indexOf("\r\n\r\n")
    if (end < 0) return
    const head = this.#buffer.slice(0, end)
    const length = /content-length: *(\d+)/i.exec(head)
    if (length === null) return this.#answered({ status: 0, body: "an answer without content-length", isLast: true })
    const whole = end + 4 + Number(length[1])
    if (this.#buffer.length < whole) return
    const body = this.#buffer.slice(end + 4, whole)
    this.#buffer = this.#buffer.slice(whole)
    this.#answered({ status: Number(head.slice(9, 12)), body, isLast: isLast(head) })
  }
}

export const run = async (load: Load): Promise<Figures> => {
  const url = new URL(load.url)
  const headers = Object.entries({ "content-type": "application/json", ...load.headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")
  const draw = () => `${load.ids.prefix}${1 + Math.floor(Math.random() * load.ids.count)}`
  const fill = (template: string, id: string) =>
    template
      .replaceAll("{id}", id)
      .replaceAll("{draw}", draw)
      .replaceAll("{uuid}", () => randomUUID())

  const latencies: Array<number> = []
  let ok = 0
  let failed = 0
  let sample: string | null = null
  let measuring = false
  let stopped = false
  let lastAnswered = performance.now()

  const loop = async () => {
    let connection = new Connection(url)
    while (!stopped) {
      const id = draw()
      const body = fill(load.body, id)
      const request = `POST ${fill(load.path, id)} HTTP/1.1\r\nhost: ${url.host}\r\n${fill(headers, id)}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
      const sent = performance.now()
      const answer = await connection.send(request)
      if (answer.status === 0) stopped = true
      else if (answer.isLast) connection = new Connection(url)
      if (!stopped) lastAnswered = performance.now()
      if (!measuring && answer.status !== 0) continue
      const good = answer.status === 200 || answer.status === 201
      if (good) ok += 1
      else failed += 1
      if (!good) sample ??= `${answer.status} ${answer.body.slice(0, 300)}`
      latencies.push(performance.now() - sent)
    }
    connection.close()
  }

  const loops = Array.from({ length: load.connections }, loop)
  await sleep(load.warmupSeconds * 1000)
  measuring = true
  // From answer to answer: of requests that take half a second, a window that cuts some in two would count too few.
  const began = lastAnswered
  await Promise.race([sleep(load.seconds * 1000), Promise.all(loops)])
  measuring = false
  const elapsed = (lastAnswered - began) / 1000
  const counted = { ok, failed, sample }
  stopped = true
  await Promise.all(loops)

  latencies.sort((a, b) => a - b)
  const quantile = (q: number) => latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? 0
  return { perSecond: counted.ok === 0 ? 0 : counted.ok / elapsed, p50: quantile(0.5), p99: quantile(0.99), ...counted }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? "{}") as Load)))
}
