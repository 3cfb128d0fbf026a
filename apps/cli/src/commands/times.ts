import { Flag } from "effect/cli"

/** A time that people write: a day begins at midnight, UTC. */
export const timeOf = (written: string): string =>
  /^\d{4}-\d{2}-\d{2}$/.test(written) ? `${written}T00:00:00Z` : written

export const timeFlag = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar("<time>"), Flag.withDescription(description), Flag.map(timeOf), Flag.optional)
