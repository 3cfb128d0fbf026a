/** Tax in an amount, taken from the tax that was charged, so that all parts together give back exactly that tax. */

/** A part of the order: what was charged for it in all, the tax in that, and how much of both is taken already. */
export interface Taxed {
  readonly charged: bigint
  readonly tax: bigint
  readonly taken: bigint
  readonly taxTaken: bigint
}

/**
 * The tax in `amount` more of it, minor units. Cumulative: what is due of the tax up to here, rounded half up, less
 * what was taken before. Whatever the partition, the last part takes what is left, so nothing is lost or made.
 */
export const taxIn = (part: Taxed, amount: bigint): bigint => {
  if (part.charged === 0n || amount === 0n) return 0n
  const upToHere = part.taken + amount
  // News from outside may take more of a part than was charged: its tax is owed no more than once.
  const due = upToHere < part.charged ? roundedShare(part.tax, upToHere, part.charged) : part.tax
  const share = due - part.taxTaken
  return share < 0n ? 0n : share > amount ? amount : share
}

/** whole × part ÷ all, half up. */
const roundedShare = (whole: bigint, part: bigint, all: bigint): bigint => (2n * whole * part + all) / (2n * all)
