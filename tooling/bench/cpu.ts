/**
 * What a request costs its server in processor time, all its threads counted. Other work on the machine changes that
 * less than how many are answered in a second, and the ratios least. What PostgreSQL itself uses is not in it.
 */
import { readdirSync, readFileSync } from "node:fs"
import { type Contender, echo, type Field } from "./contenders.ts"
import type { Figures, Load } from "./load.ts"

interface Means {
  readonly drive: (load: Load) => Promise<Figures>
  readonly say: (text: string) => void
  readonly tell: (text: string) => void
}

interface Pace {
  readonly rounds: number
  readonly connections: number
  readonly warmupSeconds: number
  readonly seconds: number
}

/** Of a process on Linux, in microseconds. A thread that ended in between is no longer counted: servers keep theirs. */
const usedBy = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1_000)
    .reduce((sum, each) => sum + each, 0)

export const cpu = async (field: Field, pace: Pace, { drive, say, tell }: Means): Promise<void> => {
  const { connections, rounds, seconds, warmupSeconds } = pace
  const costs = new Map<string, Array<number>>(field.contenders.map(({ name }) => [name, []]))
  const costOf = async ({ load, name }: Contender): Promise<number> => {
    const pid = field.pids.get(load.url) ?? 0
    await drive({ ...load, connections, warmupSeconds: 0, seconds: warmupSeconds })
    const before = usedBy(pid)
    const { failed, ok, sample } = await drive({ ...load, connections, warmupSeconds: 0, seconds })
    if (failed > 0) throw new Error(`${name}: ${failed} failed, e.g. ${sample}`)
    return (usedBy(pid) - before) / ok
  }
  for (let round = 1; round <= rounds; round++) {
    for (const contender of field.contenders) {
      const cost = await costOf(contender)
      costs.get(contender.name)?.push(cost)
      say(`round ${round}/${rounds}  ${contender.name}: ${cost.toFixed(0)} µs`)
    }
  }
  const sorted = [...costs].map(([name, each]) => [name, each.toSorted((a, b) => a - b)] as const)
  const middle = (each: ReadonlyArray<number>) => each[Math.floor(each.length / 2)] ?? Number.NaN
  const bare = middle(new Map(sorted).get(echo) ?? [])
  const rows = sorted.map(
    ([name, each]) =>
      `| ${name} | ${middle(each).toFixed(0)} (${each[0]?.toFixed(0)}–${each.at(-1)?.toFixed(0)}) | ${(middle(each) / bare).toFixed(2)} |`
  )
  tell(
    `\n| processor time a request, c = ${connections} | µs | over the echo |\n| --- | --- | --- |\n${rows.join("\n")}`
  )
}
