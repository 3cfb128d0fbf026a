/** Where traces go, by OpenTelemetry's own variables: nowhere, unless a collector is named. */
import { readerOf, type Values } from "./providerReader.ts"

export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    default: "",
    means: "The collector that traces go to, over OTLP/HTTP; none: no traces"
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    default: "",
    secret: true,
    means: "Headers that the collector wants: name=value, comma-separated"
  },
  OTEL_TRACES_SAMPLER_ARG: {
    default: "1",
    means: "The part of requests that is traced, 0 to 1, where the caller has not decided it"
  }
} as const
export type TracingVariable = keyof typeof tracingVariables

export interface TracingSettings {
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly ratio: number
}

/** Adds a sentence for everything that is wrong. Null: no traces. */
export const readTracing = (values: Values, sentences: Array<string>): TracingSettings | null => {
  const { list, text, url, wrong } = readerOf<TracingVariable>(values, sentences)
  const endpoint = url("OTEL_EXPORTER_OTLP_ENDPOINT", ["https:", "http:"])
  const said = text("OTEL_TRACES_SAMPLER_ARG") ?? "1"
  const ratio = /^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/.test(said) ? Number(said) : null
  if (ratio === null) wrong(`OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, not ${JSON.stringify(said)}.`)
  const headers: Record<string, string> = {}
  for (const [at, pair] of list("OTEL_EXPORTER_OTLP_HEADERS").entries()) {
    const [, name, value] = /^([\w-]+)=(.*)$/.exec(pair) ?? []
    if (name === undefined || value === undefined)
      wrong(`OTEL_EXPORTER_OTLP_HEADERS, header ${at + 1}, must be name=value.`)
    else headers[name] = decoded(value)
  }
  return endpoint === null ? null : { endpoint, headers, ratio: ratio ?? 1 }
}

/** OpenTelemetry writes them as a URL's parts. */
const decoded = (value: string): string => {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

export const secretsOfTracing = (settings: TracingSettings | null): ReadonlyArray<string> =>
  settings === null ? [] : Object.values(settings.headers).filter((value) => value.length >= 8)
