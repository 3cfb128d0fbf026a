import { assert, describe, it } from "vitest"
import { CsvRows, delimiterOf } from "../src/importing/csvRows.ts"
import { linesOf } from "../src/importing/lines.ts"

const inPieces = (bytes: Uint8Array, size: number): ReadonlyArray<Uint8Array> =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))

/** Row by row: its number, and its cells or what is wrong with it. */
const rowsOf = async (file: string | Uint8Array, size = 1 << 20) => {
  const rows = new CsvRows(",")
  const all = []
  const bytes = typeof file === "string" ? Buffer.from(file) : file
  for await (const lines of linesOf(inPieces(bytes, size))) all.push(...rows.read(lines, false))
  all.push(...rows.read([], true))
  return all.map(({ fault, number, written }) => [number, fault === null ? written : fault.split(":")[0]])
}

describe("the rows of a CSV file", () => {
  it("are read whatever their line ends, blank lines, byte order mark and quotes (RFC 4180)", async () => {
    const file = '\ufeffa,b\r\n1,"x, ""y""\r\nz"\r\n\r\n2,\n"",3'
    assert.deepStrictEqual(await rowsOf(file), [
      [1, ["a", "b"]],
      [2, ["1", 'x, "y"\r\nz']],
      [4, ["2", ""]],
      [5, ["", "3"]]
    ])
  })

  it("that are written wrong are wrong alone, and the next ones are read", async () => {
    const notUtf8 = Buffer.concat([Buffer.from("8,"), Buffer.from([0xc3, 0x28]), Buffer.from("\n9,x\n")])
    const file = Buffer.concat([
      Buffer.from(`1,"bad"quote\n2,a 5" pipe\n3,x,y\n4\n5,"${"z".repeat(300_000)}"\n6,"x"\n7,"two\nlines" \n`),
      notUtf8
    ])
    assert.deepStrictEqual(await rowsOf(file), [
      [1, "BadQuotes"],
      [2, "BadQuotes"],
      [3, ["3", "x", "y"]],
      [4, ["4"]],
      [5, "TooLong"],
      [6, ["6", "x"]],
      [7, "BadQuotes"],
      [8, "NotUtf8"],
      [9, ["9", "x"]]
    ])
  })

  it("never are text of a cell, though a row before them was written wrong", async () => {
    const file = '1,a 5" pipe\n2,"a note\nA-1,100.00,USD\nend"\n3,x\n'
    assert.deepStrictEqual(await rowsOf(file), [
      [1, "BadQuotes"],
      [2, ["2", "a note\nA-1,100.00,USD\nend"]],
      [3, ["3", "x"]]
    ])
    assert.deepStrictEqual(await rowsOf('1,"open\nA-1,100.00,USD\n'), [[1, "Unclosed"]])
    const long = `1,x\n2,"open\n${"A-1,100.00,USD\n".repeat(2_000)}3,"closed"\n4,x\n`
    assert.deepStrictEqual(await rowsOf(long), [
      [1, ["1", "x"]],
      [2, "Unclosed"]
    ])
    const endless = `1,"${"z".repeat(5_000_000)}"\n2,x\n`
    assert.deepStrictEqual(await rowsOf(endless), [[1, "Unclosed"]])
  })

  it("are the same in whatever pieces the file comes", async () => {
    const file = '\ufeffa,ü€😀\n1,"x\n""y"""\n2,"bad"quote\n\n3,ü\r\n4,"open\n5,x'
    const whole = await rowsOf(file)
    for (const size of [1, 2, 3, 5, 7]) assert.deepStrictEqual(await rowsOf(file, size), whole)
  })

  it("are separated by what separates the header", () => {
    assert.strictEqual(delimiterOf("a,b;c"), ",")
    assert.strictEqual(delimiterOf('"a,b";c'), ";")
    assert.strictEqual(delimiterOf("a\tb"), "\t")
    assert.strictEqual(delimiterOf("a"), ",")
  })
})
