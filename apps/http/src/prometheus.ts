/** Figures in the text form that Prometheus reads. Keeping one costs a look into a map and an addition. */

type Labels = Readonly<Record<string, string>>

interface Family {
  readonly write: (lines: Array<string>) => void
}

const quoted = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')

const labelled = (name: string, labels: Labels): string => {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${quoted(value)}"`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`
}

/** By label values, in the order of the labels' names. */
class Series<A> {
  readonly #names: ReadonlyArray<string>
  readonly #make: () => A
  readonly #all = new Map<string, { readonly labels: Labels; readonly kept: A }>()

  constructor(names: ReadonlyArray<string>, make: () => A) {
    this.#names = names
    this.#make = make
  }

  of(values: ReadonlyArray<string>): A {
    const key = values.join("\u0000")
    const known = this.#all.get(key)
    if (known !== undefined) return known.kept
    const labels = Object.fromEntries(this.#names.map((name, at) => [name, values[at] ?? ""]))
    const kept = this.#make()
    this.#all.set(key, { labels, kept })
    return kept
  }

  [Symbol.iterator]() {
    return this.#all.values()
  }
}

export interface Counter {
  readonly add: (values: ReadonlyArray<string>) => void
  /** Where somebody else counts. */
  readonly reach: (values: ReadonlyArray<string>, to: number) => void
}

export interface Gauge {
  readonly set: (values: ReadonlyArray<string>, to: number) => void
}

export interface Histogram {
  readonly observe: (values: ReadonlyArray<string>, value: number) => void
}

export class Registry {
  readonly #families: Array<Family> = []

  /** Of every family, by its name: what a dashboard may ask for. */
  readonly names: Array<string> = []

  counter(name: string, help: string, labels: ReadonlyArray<string> = []): Counter {
    const series = this.#single(name, help, "counter", labels)
    return {
      add: (values) => {
        series.of(values).value += 1
      },
      reach: (values, to) => {
        series.of(values).value = to
      }
    }
  }

  gauge(name: string, help: string, labels: ReadonlyArray<string> = []): Gauge {
    const series = this.#single(name, help, "gauge", labels)
    return {
      set: (values, to) => {
        series.of(values).value = to
      }
    }
  }

  histogram(name: string, help: string, bounds: ReadonlyArray<number>, labels: ReadonlyArray<string> = []): Histogram {
    const series = new Series(labels, () => ({ counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 }))
    this.names.push(`${name}_bucket`, `${name}_sum`, `${name}_count`)
    this.#families.push({
      write: (lines) => {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`)
        for (const { kept, labels } of series) {
          let count = 0
          kept.counts.forEach((each, at) => {
            count += each
            lines.push(`${labelled(`${name}_bucket`, { ...labels, le: String(bounds[at] ?? "+Inf") })} ${count}`)
          })
          lines.push(`${labelled(`${name}_sum`, labels)} ${kept.sum}`, `${labelled(`${name}_count`, labels)} ${count}`)
        }
      }
    })
    return {
      observe: (values, value) => {
        const kept = series.of(values)
        let at = 0
        while (at < bounds.length && value > (bounds[at] ?? 0)) at++
        kept.counts[at] = (kept.counts[at] ?? 0) + 1
        kept.sum += value
      }
    }
  }

  text(): string {
    const lines: Array<string> = []
    for (const family of this.#families) family.write(lines)
    return `${lines.join("\n")}\n`
  }

  #single(name: string, help: string, type: "counter" | "gauge", labels: ReadonlyArray<string>) {
    const series = new Series(labels, () => ({ value: 0 }))
    this.names.push(name)
    this.#families.push({
      write: (lines) => {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
        for (const { kept, labels } of series) lines.push(`${labelled(name, labels)} ${kept.value}`)
      }
    })
    return series
  }
}
