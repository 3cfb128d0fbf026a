/** As much of Stripe as a server needs to be seen calling it; what Stripe really answers is provider-stripe's own tests. */
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface Asked {
  readonly method: string
  readonly path: string
  readonly key: string | undefined
  /** Whose account it is: `Bearer sk_…`. */
  readonly authorization: string | undefined
  readonly form: URLSearchParams
}

export const startStripe = async () => {
  const asked: Array<Asked> = []
  const server = createServer((request, response) => {
    let text = ""
    request.on("data", (chunk) => {
      text += chunk
    })
    request.on("end", () => {
      const { method = "", url = "" } = request
      const { authorization } = request.headers
      const form = new URLSearchParams(text)
      asked.push({
        method,
        path: url,
        key: request.headers["idempotency-key"] as string | undefined,
        authorization,
        form
      })
      const charge = { id: "ch_1", object: "charge", currency: "usd" }
      const answer = method === "POST" ? refundObject({ form, id: `re_${asked.length}` }) : charge
      response.writeHead(200, { "content-type": "application/json", "request-id": "req_1" }).end(JSON.stringify(answer))
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: asked as ReadonlyArray<Asked>,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

export const refundObject = ({ form, id }: { readonly form: URLSearchParams; readonly id: string }) => ({
  id,
  object: "refund",
  amount: Number(form.get("amount")),
  currency: "usd",
  charge: form.get("charge"),
  created: Math.floor(Date.now() / 1000),
  status: "succeeded",
  metadata: Object.fromEntries(
    [...form].flatMap(([name, value]) => {
      const of = /^metadata\[(.+)\]$/.exec(name)?.[1]
      return of === undefined ? [] : [[of, value]]
    })
  )
})

let told = 0
export const eventOf = (type: string, object: unknown, id = `evt_${++told}`): string =>
  JSON.stringify({ id, object: "event", type, created: Math.floor(Date.now() / 1000), data: { object } }, null, 2)

/** As Stripe signs: over the time and the raw body. */
export const signature = (body: string, secret: string, at = Date.now()): string => {
  const seconds = Math.floor(at / 1000)
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`
}
