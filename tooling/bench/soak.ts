/** Full load for minutes: does the server keep what it no longer needs? */
import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import type { Field } from "./contenders.ts"
import type { Figures, Load } from "./load.ts"

interface Means {
  readonly drive: (load: Load) => Promise<Figures>
  readonly say: (text: string) => void
  readonly tell: (text: string) => void
}

const minute = 60

/** Of a process on Linux, in MB. */
const memoryOf = (pid: number): number => {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
  return Number(kilobytes) / 1_024
}

export const soak = async (field: Field, seconds: number, { drive, say, tell }: Means): Promise<void> => {
  tell(
    "\n| memory under full load, c = 64 | after a minute | at the end | ratio, goal ≤ 1.1 | refunds/s |\n| --- | --- | --- | --- | --- |"
  )
  for (const { contender, ledger } of field.soaked) {
    const samples: Array<number> = []
    let isOver = false
    const load = drive({ ...contender.load, connections: 64, warmupSeconds: 0, seconds }).finally(() => {
      isOver = true
    })
    for (let second = 0; !isOver; second += 5) {
      await Promise.race([sleep(5_000), load])
      samples.push(memoryOf(ledger.pid))
      if (second % minute === 0) say(`${contender.name}: ${second} s, ${samples.at(-1)?.toFixed(0)} MB`)
    }
    const { perSecond } = await load
    const [first, last] = [peak(samples.slice(0, minute / 5)), peak(samples.slice(-minute / 5))]
    tell(
      `| ${contender.name} | ${first.toFixed(0)} MB | ${last.toFixed(0)} MB | ${(last / first).toFixed(2)} | ${perSecond.toFixed(0)} |`
    )
  }
}

const peak = (samples: ReadonlyArray<number>): number => Math.max(...samples)
