/** Colour for a terminal; plain text for everything else. */

export type Style = "bold" | "dim" | "red" | "green" | "yellow"
export type Paint = (style: Style, text: string) => string

const codes: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 }

export const colored: Paint = (style, text) => (text === "" ? "" : `\u001b[${codes[style]}m${text}\u001b[0m`)
export const plainly: Paint = (_, text) => text

/** No colour where NO_COLOR is set to anything, without a terminal, or on one that says it can do nothing. */
export const hasColor = (
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>
): boolean => stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb"

/** Text from the ledger must not steer the terminal: control characters and changes of direction are shown, not sent. */
export const harmless = (text: string): string =>
  text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
