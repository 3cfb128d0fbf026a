/** A server with a provider of these tests, which dies at a point of its own choosing; without `FAULT_POINT` it lives. */
import { Effect } from "effect"
import { configuration } from "refund-service/Configuration"
import { partsOf, startServer } from "../../src/server.ts"
import { killedAt, type Point } from "./points.ts"
import { providerAt } from "./wire.ts"

const { FAULT_POINT, PROVIDER_URL, ...env } = process.env
const settings = await Effect.runPromise(configuration(env))
const { ledger } = await partsOf(settings)
const parts = { ledger, providers: { double: providerAt(PROVIDER_URL ?? "") } }
const running = await startServer(settings, FAULT_POINT ? killedAt(FAULT_POINT as Point, parts) : parts)
process.stdout.write(`answers at ${running.url}\n`)
process.once("SIGTERM", () => void running.stop().then(() => process.exit(0)))
