/** A text that only people read, as every database keeps it: Unicode, and no NUL. */
export const keptText = (text: string): string => text.toWellFormed().replaceAll("\0", "\uFFFD")
