/** The lines of a file of any length, in bounded memory: what is too long for a line is cut off, and said to be. */

export interface Line {
  /** Without what ended it. */
  readonly text: string
  /** Some of it was cut off. */
  readonly isTooLong: boolean
  /** How many bytes of the file have been read, when it was whole. */
  readonly bytes: number
}

/** Characters. No row that means anything is as long. */
export const lineLimit = 4 * 1024 * 1024

/** A chunk may be a whole file; what is done with a portion of lines is done at one go. */
const portionBytes = 64 * 1024

function* piecesOf(chunk: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < chunk.length; from += portionBytes) yield chunk.subarray(from, from + portionBytes)
}

/** In portions of 64 KiB at most. What is not UTF-8 comes as U+FFFD; a byte order mark is left out. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Array<Line>> {
  const decoder = new TextDecoder("utf-8")
  let rest = ""
  let isTooLong = false
  let bytes = 0
  const take = (text: string): Array<Line> => {
    const lines: Array<Line> = []
    let from = 0
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
      const line = rest + text.slice(from, end)
      lines.push({ text: line.slice(0, lineLimit), isTooLong: isTooLong || line.length > lineLimit, bytes })
      rest = ""
      isTooLong = false
      from = end + 1
    }
    if (!isTooLong) rest += text.slice(from)
    if (rest.length > lineLimit) {
      rest = rest.slice(0, lineLimit)
      isTooLong = true
    }
    return lines
  }
  for await (const chunk of chunks) {
    for (const piece of piecesOf(chunk)) {
      bytes += piece.length
      yield take(decoder.decode(piece, { stream: true }))
    }
  }
  const last = take(decoder.decode())
  if (rest !== "" || isTooLong) last.push({ text: rest, isTooLong, bytes })
  yield last
}
