/** A JSON number as it is written, so that an amount is never a double: neither read nor printed. */
export class NumberText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }

  /** `JSON.stringify` prints these very digits. TypeScript's library does not know `rawJSON` yet. */
  toJSON(): unknown {
    return (JSON as unknown as { readonly rawJSON: (text: string) => unknown }).rawJSON(this.text)
  }
}
