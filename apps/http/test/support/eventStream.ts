/** Reads server-sent events as a browser's EventSource does, and can be cut off anywhere. */
export interface Streamed {
  readonly id: string
  // biome-ignore lint/suspicious/noExplicitAny: what a test asserts on is the wire, whose form it does not take for granted.
  readonly data: any
}

export interface EventStream {
  readonly status: number
  readonly headers: Headers
  /** The next event; null: the server ended the stream. */
  readonly next: () => Promise<Streamed | null>
  /** What `id` a new connection would send, also of blocks without data. */
  readonly lastId: () => string
  readonly comments: () => number
  readonly close: () => void
}

interface Options {
  readonly url: string
  readonly key: string
  readonly path?: string
  readonly lastEventId?: string
}

export const openStream = async ({ key, lastEventId, path = "/v1/events", url }: Options): Promise<EventStream> => {
  const stop = new AbortController()
  const response = await fetch(url + path, {
    signal: stop.signal,
    headers: {
      authorization: `Bearer ${key}`,
      accept: "text/event-stream",
      ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId })
    }
  })
  const blocks = blocksOf(response.body as ReadableStream<Uint8Array>)
  const seen = { id: lastEventId ?? "", comments: 0 }
  const next = async (): Promise<Streamed | null> => {
    for (;;) {
      const block = await blocks.next()
      if (block.done === true) return null
      const lines = block.value.split("\n")
      seen.comments += lines.filter((line) => line.startsWith(":")).length
      const id = fieldOf(lines, "id")
      if (id !== null) seen.id = id
      const data = fieldOf(lines, "data")
      if (data !== null) return { id: seen.id, data: JSON.parse(data) }
    }
  }
  return {
    status: response.status,
    headers: response.headers,
    next,
    lastId: () => seen.id,
    comments: () => seen.comments,
    close: () => stop.abort()
  }
}

const fieldOf = (lines: ReadonlyArray<string>, name: string): string | null => {
  const line = lines.find((each) => each.startsWith(`${name}: `))
  return line === undefined ? null : line.slice(name.length + 2)
}

async function* blocksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder()
  let text = ""
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true })
      for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
        yield text.slice(0, end)
        text = text.slice(end + 2)
      }
    }
  } catch {
    // Cut off, by us or by the server: what was not whole was not told.
  }
}
