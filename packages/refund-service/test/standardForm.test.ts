import { assert, describe, it } from "@effect/vitest"
import { Webhook } from "standardwebhooks"
import { signatureHeaders } from "../src/standardForm.ts"

const told = { id: "evt-1" } as Parameters<typeof signatureHeaders>[0]
const body = '{"type":"refund.settled"}'
const secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]

describe("the signature of Standard Webhooks", () => {
  it("is accepted by the scheme's own library, with each of the secrets", () => {
    const headers = signatureHeaders(told, body, secrets, Date.now())
    for (const secret of secrets) assert.deepStrictEqual(new Webhook(secret).verify(body, headers), JSON.parse(body))
    assert.throws(() => new Webhook("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").verify(body, headers))
    assert.throws(() => new Webhook(secrets[0] ?? "").verify(`${body} `, headers))
  })

  it("is the one that the scheme's documentation computes", () => {
    const [secret = ""] = secrets
    const headers = signatureHeaders(
      { ...told, id: "msg_p5jXN8AQM9LWM0D4loKWxJek" },
      '{"test": 2432232314}',
      [secret],
      1_614_265_330_000
    )
    assert.deepStrictEqual(headers, {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    })
  })

  it("takes a secret that is not of the scheme's form as it is", () => {
    const headers = signatureHeaders(told, body, ["a secret of ours"], Date.now())
    const verifier = new Webhook(Buffer.from("a secret of ours"), { format: "raw" })
    assert.deepStrictEqual(verifier.verify(body, headers), JSON.parse(body))
  })
})
