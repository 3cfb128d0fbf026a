/** What one more refund costs in a ledger that has many: a process of its own for each store, which says how far it is. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

const program = join(import.meta.dirname, "..", "..", "packages", "refund-store", "bench", "scale.ts")

export interface Scale {
  readonly refunds: string
  readonly stores: ReadonlyArray<string>
  /** As they are, where they are set: `hot`, `measured`, `nice`, `folder`, `url`. */
  readonly others: Readonly<Record<string, string | undefined>>
}

/** Answers the exit code: of the first that did not come to its end. */
export const scale = async ({ others, refunds, stores }: Scale): Promise<number> => {
  // Whoever stops this stops the building, which then says how far it is.
  process.on("SIGINT", () => {})
  const given = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))
  for (const store of stores) {
    const args = ["--conditions=refund/source", program, "--refunds", refunds, "--store", store, ...given]
    const child = spawn(process.execPath, args, { stdio: "inherit" })
    const [code] = (await once(child, "exit")) as [number | null]
    if (code !== 0) return code ?? 1
  }
  return 0
}
