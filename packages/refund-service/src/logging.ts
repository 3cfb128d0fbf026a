/** Logs go to stderr, without card numbers and secrets, whoever wrote the line. stdout belongs to what a person asked for. */
import { Layer, Logger, References } from "effect"
import type { Configuration } from "./Configuration.ts"
import { redacted } from "./redacted.ts"

const formats = { text: Logger.formatSimple, logfmt: Logger.formatLogFmt, json: Logger.formatJson }

export type LoggingOptions = Pick<Configuration, "logFormat" | "logLevel"> & {
  /** What the process knows and no line may have, such as `secretsOf` the configuration. */
  readonly secrets?: ReadonlyArray<string>
}

export const layer = ({ logFormat, logLevel, secrets = [] }: LoggingOptions) =>
  Layer.mergeAll(
    Logger.layer([Logger.withConsoleError(Logger.map(formats[logFormat], (line) => redacted(line, secrets)))]),
    Layer.succeed(References.MinimumLogLevel, logLevel)
  )
