/** A JSON number as it was written, so that an amount is never a double. */
export class NumberText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
