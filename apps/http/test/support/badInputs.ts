/**
 * What no door may take: amounts, ids, JSON, words and moments (FAILURES.md, T53 to T59), each as it is written on the wire.
 * A test crosses it with the fields of a dialect.
 */

const digits50 = "12345678901234567890123456789012345678901234567890"

/** Amounts that are none in any currency, as JSON source; some are not even JSON (T53). */
export const amounts: ReadonlyArray<string> = [
  ...["0", "-0", "0.0", "0.00", "0e5", "-1", "-0.01", "-9007199254740991", "-1e400000000"],
  ...["1.9999", "0.30000000000000004", "100.00000000000000001", "1e-5", "1e-400000000", "0.00000000000000000001"],
  ...["1e400000000", "1E+400000000", "1e400", "1e16", "9007199254740992", "9007199254740993", "9223372036854775808"],
  ...["18446744073709551616", digits50, `0.${digits50}`, `${digits50}e-40`],
  ...[
    '"1e2"',
    '"1e400000000"',
    '"1,00"',
    '"1.000,00"',
    '"١"',
    '"１"',
    '"½"',
    '"NaN"',
    '"Infinity"',
    '"-Infinity"',
    '"0x10"'
  ],
  ...[
    '" 1 "',
    '"1 "',
    '"\\t1"',
    '"1\\n"',
    '"+1"',
    '"-1"',
    '"--1"',
    '"1_000"',
    '"$1"',
    '"1 USD"',
    '"1.2.3"',
    '"."',
    '"1."'
  ],
  ...['""', '"null"', '"true"', `"${digits50}"`, '"0"', '"0.00"', '"1.9999"', '"\\u0661"', '"1\\u200b"', '"１．００"'],
  ...["null", "true", "false", "[]", "{}", "[1]", '["1"]', '{"amount":1}', '{"text":"1"}', '[{"amount":1}]'],
  ...[
    "NaN",
    "Infinity",
    "-Infinity",
    "0x10",
    "0b1",
    "01",
    "+1",
    ".5",
    "5.",
    "1,00",
    "1_000",
    "0.1+0.2",
    "1/2",
    "undefined",
    "1n",
    "'1'"
  ]
]

/** More digits than a currency has (T54). */
export const tooFine: Readonly<Record<string, ReadonlyArray<string>>> = {
  USD: ["1.999", "0.001", "10.005", "1.0001"],
  JPY: ["10.5", "0.1", "1.01", "99.99"],
  KWD: ["1.2345", "0.0001", "10.00005", "1.99999"]
}

export const notText = ["5", "0", "-1.5", "1e400000000", "true", "false", "[]", "{}", '["x"]', '{"text":"x"}']
export const notFlag = ['"true"', '"false"', '"yes"', '"Yes"', '""', "1", "0", "-1", "[]", "{}", "[true]"]
export const notInt32 = [
  ...[
    '"1"',
    '""',
    "1.5",
    "1e400000000",
    "2147483648",
    "9007199254740993",
    digits50,
    "true",
    "[]",
    "{}",
    "[1]",
    '"x"',
    "1.0",
    "1e2"
  ]
]
export const notObject = ["5", '"x"', "true", "[]", "[{}]", '""', "0"]

/** Longer than is kept, or with what is never kept: NUL, half a character, a card number (T59). */
export const badTexts = (maxLength: number): ReadonlyArray<string> => [
  `"${"x".repeat(maxLength + 1)}"`,
  `"${"ü".repeat(10_240)}"`,
  `"${"\u202e".repeat(maxLength + 1)}"`,
  `"${"😀".repeat(maxLength / 2 + 1)}"`,
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00 half"',
  '"\\ud83d\\ud83d"',
  '"4111 1111 1111 1111"',
  '"card 4242-4242-4242-4242, please"',
  '"5555555555554444"',
  '"３７８２８２２４６３１０００５"'
]

/** Bodies that two readers could read differently, or none (T56). `field` is one that a good body has, with its value. */
export const badJson = (
  good: string,
  field: string,
  value: string
): ReadonlyArray<readonly [string, string | Uint8Array]> => {
  const [, rest = "}"] = /^\{(.*)$/s.exec(good) ?? []
  const within = (member: string) => `{${member},${rest}`
  const bytes = (text: string) => new Uint8Array(Buffer.from(text))
  return [
    ["a name twice", within(`"${field}":${value}`)],
    ["a name twice, once escaped", within(`"\\u00${field.charCodeAt(0).toString(16)}${field.slice(1)}":${value}`)],
    ["a name twice within", within('"x":{"a":1,"a":2}')],
    ["a name twice in a list", within('"x":[{"a":1,"a":2}]')],
    ["the empty name twice", within('"":1,"":2')],
    ["objects 10,000 deep", within(`"x":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`)],
    ["lists 10,000 deep", within(`"x":${"[".repeat(10_000)}${"]".repeat(10_000)}`)],
    ["65 deep", within(`"x":${"[".repeat(64)}${"]".repeat(64)}`)],
    ["nothing but 100,000 brackets", "[".repeat(100_000)],
    ["__proto__", within('"__proto__":{"settled":true}')],
    ["__proto__, escaped", within('"\\u005f_proto__":{}')],
    ["__proto__ within", within('"x":{"__proto__":{"a":1}}')],
    ["a byte order mark", `\ufeff${good}`],
    ["two byte order marks", `\ufeff\ufeff${good}`],
    ["NUL in an unknown name", within('"a\\u0000b":1')],
    ["half a character in an unknown text", within('"x":"\\udfff"')],
    ["invalid UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ["overlong UTF-8", Buffer.concat([bytes('{"x":"'), Uint8Array.of(0xc0, 0xaf), bytes(`",${rest}`)])],
    ["half a character of UTF-8", Buffer.concat([bytes('{"x":"'), Uint8Array.of(0xe2, 0x82), bytes(`",${rest}`)])],
    ["a surrogate in UTF-8", Buffer.concat([bytes('{"x":"'), Uint8Array.of(0xed, 0xa0, 0x80), bytes(`",${rest}`)])],
    ["UTF-16", new Uint8Array(Buffer.from(good, "utf16le"))],
    ["UTF-16 with its mark", new Uint8Array(Buffer.from(`\ufeff${good}`, "utf16le"))],
    ["Latin-1", new Uint8Array(Buffer.from(`{"x":"ü",${rest}`, "latin1"))],
    ["NUL bytes", "\0\0\0\0"],
    ["NUL at the end", `${good}\0`],
    ["cut off", good.slice(0, -1)],
    ["cut off in a name", '{"amo'],
    ["only a bracket", "{"],
    ["two values", `${good}${good}`],
    ["two values on two lines", `${good}\n${good}`],
    ["a comment", `${good.slice(0, -1)}/* all */}`],
    ["a trailing comma", `${good.slice(0, -1)},}`],
    ["single quotes", good.replaceAll('"', "'")],
    ["names without quotes", good.replaceAll(/"(\w+)":/g, "$1:")],
    ["nothing but blanks", "   "],
    ["a control character in a text", within('"x":"a\tb"')],
    ["an unknown escape", within('"x":"\\x41"')],
    ["a number that is none", within('"x":-')],
    ["words", "refund everything"],
    ["a form", `${field}=1`],
    ["XML", "<refund><amount>1</amount></refund>"],
    ["YAML", `${field}: 1`],
    ["what JSON.stringify makes of nothing", "undefined"],
    ["a call", `callback(${good})`],
    ["a list of one", `[${good}]`],
    ["a text", JSON.stringify(good)],
    ["a number", "5"],
    ["true", "true"],
    ["null", "null"],
    ["a list", "[]"],
    ["a text of nothing", '""']
  ]
}

/** As a path's segment: not there, not decodable, another place, another type, another's (T55). */
export const badIds: ReadonlyArray<string> = [
  ...[
    "none",
    "0",
    "-1",
    "1e3",
    "0x1",
    "1.5",
    "%20",
    "%2B1",
    "null",
    "undefined",
    "NaN",
    "true",
    "[object%20Object]",
    "*",
    "%25"
  ],
  ...[
    "%2e%2e",
    "..%2f..%2fv1",
    "..%5c..",
    "%2fetc%2fpasswd",
    "%2e",
    "%00",
    "a%00b",
    "%0a",
    "%0d%0aset-cookie:x",
    "%7f",
    "%c3%28"
  ],
  ...[
    "%E0%A4%A",
    "%",
    "%zz",
    "%ff",
    "%ed%a0%80",
    "%f0%9f%98%80",
    "%e2%80%ae",
    "%d9%a1",
    "constructor",
    "__proto__",
    "toString"
  ],
  ...[
    "0191f5a7-44a9-76c2-9fec-39709fdbf723",
    "00000000-0000-0000-0000-000000000000",
    "2147483648",
    "9007199254740993",
    "1".repeat(50)
  ],
  ...[
    "x".repeat(256),
    // Longer addresses are not read at all: 414.
    "x".repeat(7_500),
    "%61".repeat(2_500),
    "'%20OR%20'1'='1",
    "1;DROP%20TABLE%20refunds",
    "%3Cscript%3E",
    "$%7Bjndi%7D"
  ]
]

/** Moments that are none, or say no zone (T58). */
export const badDates: ReadonlyArray<string> = [
  ...[
    '"2026-11-02"',
    '"2026-11-02T12:00:00"',
    '"2026-11-02 12:00:00Z"',
    '"2026-11-02T24:00:00Z"',
    '"2026-11-02T12:60:00Z"'
  ],
  ...[
    '"2026-02-30T00:00:00Z"',
    '"2026-13-01T00:00:00Z"',
    '"2026-00-10T00:00:00Z"',
    '"0000-00-00T00:00:00Z"',
    '"-2026-11-02T12:00:00Z"'
  ],
  ...[
    '"2026-11-02T12:00:00+25:00"',
    '"2026-11-02T12:00:00 Europe/Berlin"',
    '"2026-03-29T02:30:00"',
    '"yesterday"',
    '""',
    '"Z"'
  ],
  ...[
    '"Mon, 02 Nov 2026 12:00:00 GMT"',
    '"1793620800000"',
    "1793620800000",
    "true",
    "[]",
    "{}",
    '"٢٠٢٦-11-02T12:00:00Z"',
    '"12026-11-02T12:00:00Z"'
  ]
]

/** Types that are not JSON's. */
export const wrongMediaTypes: ReadonlyArray<string> = [
  "text/plain",
  "text/xml",
  "application/xml",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/octet-stream",
  "application/jsonx",
  "application/json; charset=utf-16",
  "application/json; charset=latin1",
  "json",
  "*/*",
  "application/x-ndjson"
]

export const wrongMethods: ReadonlyArray<string> = ["PATCH", "OPTIONS", "LINK", "PROPFIND", "SEARCH"]

/** Keys of an Idempotency-Key that are none: empty, too long, no UTF-8. */
export const badKeys: ReadonlyArray<string> = [
  "",
  "k".repeat(256),
  "k".repeat(10_240),
  "\u0080",
  "\u00ff\u00fe",
  "a\u00c3"
]
