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

/** On which of a server's threads: the one that everything waits for, the one that writes a SQLite file, and all of them. */
interface Used {
  readonly main: number
  readonly writer: number
  readonly all: number
}

/** Of a process on Linux, in microseconds. A thread that ended in between is no longer counted: servers keep theirs. */
const usedBy = (pid: number): Used => {
  const used = { main: 0, writer: 0, all: 0 }
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const of = (file: string) => readFileSync(`/proc/${pid}/task/${thread}/${file}`, "utf8")
    const micros = Number(of("schedstat").split(" ")[0]) / 1_000
    used.all += micros
    if (thread === String(pid)) used.main += micros
    else if (of("comm").startsWith("refund-store")) used.writer += micros
  }
  return used
}

const less = (after: Used, before: Used, count: number): Used => ({
  main: (after.main - before.main) / count,
  writer: (after.writer - before.writer) / count,
  all: (after.all - before.all) / count
})

const nothing: Used = { main: Number.NaN, writer: Number.NaN, all: Number.NaN }

export const cpu = async (field: Field, pace: Pace, { drive, say, tell }: Means): Promise<void> => {
  const { connections, rounds, seconds, warmupSeconds } = pace
  const costs = new Map<string, Array<Used>>(field.contenders.map(({ name }) => [name, []]))
  const costOf = async ({ load, name }: Contender): Promise<Used> => {
    const pid = field.pids.get(load.url) ?? 0
    await drive({ ...load, connections, warmupSeconds: 0, seconds: warmupSeconds })
    const before = usedBy(pid)
    const { failed, ok, sample } = await drive({ ...load, connections, warmupSeconds: 0, seconds })
    if (failed > 0) throw new Error(`${name}: ${failed} failed, e.g. ${sample}`)
    return less(usedBy(pid), before, ok)
  }
  for (let round = 1; round <= rounds; round++) {
    for (const contender of field.contenders) {
      const cost = await costOf(contender)
      costs.get(contender.name)?.push(cost)
      say(`round ${round}/${rounds}  ${contender.name}: ${cost.all.toFixed(0)} µs`)
    }
  }
  const sorted = [...costs].map(([name, each]) => [name, each.toSorted((a, b) => a.all - b.all)] as const)
  const middle = (each: ReadonlyArray<Used>): Used => each[Math.floor(each.length / 2)] ?? nothing
  const bare = middle(new Map(sorted).get(echo) ?? []).all
  const rows = sorted.map(([name, each]) => {
    const { all, main, writer } = middle(each)
    const spread = `${all.toFixed(0)} (${each[0]?.all.toFixed(0)}–${each.at(-1)?.all.toFixed(0)})`
    return `| ${name} | ${spread} | ${main.toFixed(0)} | ${writer.toFixed(0)} | ${(all / bare).toFixed(2)} |`
  })
  const head = `| processor time a request, c = ${connections} | µs | main thread | writer's thread | over the echo |`
  tell(`\n${head}\n| --- | --- | --- | --- | --- |\n${rows.join("\n")}`)
}
