/** Where a worker without a door says how it is. */
import { readerOf, type Values } from "./providerReader.ts"

export const workerVariables = {
  REFUND_WORKER_ADDRESS: {
    default: "",
    means: "Where `refund worker` answers /metrics, /healthz and /readyz: 127.0.0.1:9464. Unset: nowhere"
  }
} as const

export interface WorkerAddress {
  readonly host: string
  readonly port: number
}

/** Adds a sentence where it is none. */
export const readWorkerAddress = (values: Values, sentences: Array<string>): WorkerAddress | null => {
  const { text, wrong } = readerOf<keyof typeof workerVariables>(values, sentences)
  const said = text("REFUND_WORKER_ADDRESS")
  if (said === null) return null
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(said) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host !== undefined && port <= 65_535) return { host, port }
  wrong(`REFUND_WORKER_ADDRESS must be an address and a port such as 127.0.0.1:9464, not ${JSON.stringify(said)}.`)
  return null
}
