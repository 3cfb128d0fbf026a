/** Logs go to stderr, without card numbers and secrets, whoever wrote the line. stdout belongs to what a person asked for. */
import { Layer, Logger, References } from "effect"
import type { Configuration } from "./Configuration.ts"
import { redacted } from "./redacted.ts"

const formats = { text: Logger.formatSimple, logfmt: Logger.formatLogFmt, json: Logger.formatJson }

export type LoggingOptions = Pick<Configuration, "logFormat" | "logLevel"> & {
  /** What the process knows and no line may have, such as `secretsOf` the configuration. */
  readonly secrets?: ReadonlyArray<string>
}

export const layer = ({ logFormat, logLevel, secrets = [] }: LoggingOptions) => {
  const written = [...new Set(secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))]
  return Layer.mergeAll(
    Logger.layer([Logger.withConsoleError(Logger.map(formats[logFormat], (line) => redacted(line, written)))]),
    Layer.succeed(References.MinimumLogLevel, logLevel)
  )
}
