import { Layer, Logger, References } from "effect"
import type { Configuration } from "./Configuration.ts"

const formats = { text: Logger.formatSimple, logfmt: Logger.formatLogFmt, json: Logger.formatJson }

/** Logs go to stderr: stdout belongs to what a person asked for. */
export const layer = ({ logFormat, logLevel }: Pick<Configuration, "logFormat" | "logLevel">) =>
  Layer.mergeAll(
    Logger.layer([Logger.withConsoleError(formats[logFormat])]),
    Layer.succeed(References.MinimumLogLevel, logLevel)
  )
