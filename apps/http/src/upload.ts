/** The body of a request that its route reads for itself: no more of it is taken from the connection than is asked for. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Upload, WireFault } from "refund-dialects/Dialect"
import { keptBytes, type Read } from "./body.ts"

export interface Pace {
  /** While it is waited for, so many bytes come in so long: who sends a byte now and then does not hold a connection for good. */
  readonly bytes: number
  readonly milliseconds: number
  /** How long what nobody wants any more may still come, so that the client can read what it was answered. */
  readonly afterwards: number
}

export const uploadPace: Pace = { bytes: 64 * 1024, milliseconds: 30_000, afterwards: 10_000 }

/** The server's limit for whole requests is not theirs: they have the pace. */
const underWay = new WeakSet<Socket>()
export const isUploading = (socket: Socket): boolean => underWay.has(socket)

/** `consumed`: something before us read the body, and kept nothing. */
export const openUpload = (
  request: Read,
  response: ServerResponse,
  wanted: ReadonlyArray<string>,
  pace: Pace = uploadPace
): Upload | WireFault | "consumed" => {
  const mediaType = mediaTypeOf(request, wanted)
  if (typeof mediaType !== "string") return mediaType
  const whenOver = (act: () => void) => {
    if (response.closed || response.destroyed) act()
    else response.once("close", act)
  }
  const abandon = () => void response.destroy()
  const kept = keptBytes(request)
  if (kept !== null) {
    const parts = [kept]
    return { mediaType, statedBytes: kept.length, next: async () => parts.pop() ?? "end", whenOver, abandon }
  }
  if (request.readableEnded || request.body !== undefined) return "consumed"
  const stated = request.headers["content-length"]
  const incoming = new Incoming(request, pace)
  whenOver(() => incoming.over())
  return {
    mediaType,
    statedBytes: stated === undefined ? null : Number(stated),
    next: () => incoming.next(),
    whenOver,
    abandon
  }
}

const mediaTypeOf = ({ headers }: IncomingMessage, wanted: ReadonlyArray<string>): string | WireFault => {
  const got = headers["content-type"] ?? ""
  const [, type = "", charset = "utf-8"] = /^([^;\s]+)\s*(?:;\s*charset="?([\w-]+)"?\s*)?;?$/i.exec(got.trim()) ?? []
  const coding = headers["content-encoding"] ?? "identity"
  const isPlain = /^utf-?8$/i.test(charset) && coding.toLowerCase() === "identity"
  if (isPlain && wanted.includes(type.toLowerCase())) return type.toLowerCase()
  return { _tag: "WrongMediaType", got: isPlain || got === "" ? got : `${got} (${coding})`, wanted }
}

type Next = Uint8Array | "end" | "slow" | "cut"

class Incoming {
  readonly #request: IncomingMessage
  readonly #pace: Pace
  readonly #parts: Array<Uint8Array> = []
  #end: "end" | "cut" | null = null
  #wake: () => void = () => {}
  /** Since the last time that enough had come. */
  #waited = 0
  #came = 0

  constructor(request: IncomingMessage, pace: Pace) {
    this.#request = request
    this.#pace = pace
    request.pause()
    request.on("data", this.#take).on("end", this.#ended).on("error", this.#cut).on("close", this.#cut)
  }

  readonly #take = (part: Uint8Array): void => {
    this.#request.pause()
    this.#parts.push(part)
    this.#came += part.length
    this.#wake()
  }

  readonly #ended = (): void => {
    this.#end ??= "end"
    this.#wake()
  }

  readonly #cut = (): void => {
    this.#end ??= "cut"
    this.#wake()
  }

  async next(): Promise<Next> {
    underWay.add(this.#request.socket)
    if (this.#parts.length === 0 && this.#end === null && !(await this.#more())) return "slow"
    return this.#parts.shift() ?? this.#end ?? "cut"
  }

  /** False: it is too slow. */
  async #more(): Promise<boolean> {
    if (this.#came >= this.#pace.bytes) {
      this.#waited = 0
      this.#came = 0
    }
    const since = performance.now()
    let timer: NodeJS.Timeout | undefined
    const isThere = await new Promise<boolean>((resolve) => {
      this.#wake = () => resolve(true)
      timer = setTimeout(resolve, Math.max(0, this.#pace.milliseconds - this.#waited), false)
      this.#request.resume()
    })
    clearTimeout(timer)
    this.#wake = () => {}
    this.#waited += performance.now() - since
    return isThere
  }

  /** A client that is cut off while it sends never reads the answer: what still comes is dropped, for a while. */
  over(): void {
    const { socket } = this.#request
    underWay.delete(socket)
    this.#request.off("data", this.#take)
    this.#parts.length = 0
    if (this.#request.complete || this.#request.destroyed) return
    const timer = setTimeout(() => socket.destroy(), this.#pace.afterwards)
    this.#request.once("close", () => clearTimeout(timer)).once("end", () => clearTimeout(timer))
    this.#request.resume()
  }
}
