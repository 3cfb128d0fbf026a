import { describe, it } from "@effect/vitest"
import {
  attemptId,
  begin,
  caller,
  capture,
  declined,
  hours,
  noon,
  order,
  refundId,
  register,
  request,
  retry,
  told,
  unknown,
  worker
} from "refund-testkit/build"
import { setProviders } from "refund-testkit/buildSettings"
import { given } from "refund-testkit/given"

const r1 = refundId(1)
const [a1, a2] = [attemptId(1), attemptId(2)]
const approved = [register(order({ captures: [capture("c-1", 100n)] })), request({ amount: 40n, id: r1 })]
const eu = setProviders({ simulator: "eu" })
const us = setProviders({ simulator: "us" })
const pending = { _tag: "pending", reference: null } as const
const notSent = { _tag: "notSent", detail: "no connection" } as const
const later = { caller: worker({ now: noon + hours(1) }) }
const begun = (id: typeof r1, attempt: typeof a1, account?: string) => ({
  _tag: "AttemptStarted" as const,
  refundId: id,
  attemptId: attempt,
  ...(account === undefined ? {} : { account })
})

describe("the accounts that a tenant has at its providers", () => {
  it("are set by who may manage them; every change is a version, and the same again none", () => {
    given()
      .when(setProviders({ simulator: "eu" }, { caller: caller({ permissions: ["policy:manage", "keys:manage"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "providers:manage" })
    given(eu)
      .when(us)
      .thenHappened({ _tag: "ProvidersSet", version: 2, providers: { simulator: "us" } })
      .thenAnswered({ version: 2, providers: { simulator: "us" } })
    given(eu).when(eu).thenNothing().thenAnswered({ version: 1 })
    given().when(setProviders({})).thenNothing()
  })

  it("read at another version than they have now are not overwritten", () => {
    given(eu)
      .when(setProviders({}, { expected: 0 }))
      .thenRejected({ _tag: "VersionConflict", expected: 0, actual: 1 })
    given(eu)
      .when(setProviders({}, { expected: 1 }))
      .thenAnswered({ version: 2, providers: {} })
  })

  it("are where the next attempt goes; of a provider that is not named it is the server's own", () => {
    given(...approved)
      .when(begin(r1))
      .thenHappened(begun(r1, a1))
    given(...approved, eu)
      .when(begin(r1))
      .thenHappened(begun(r1, a1, "eu"))
      .thenAnswered({ _tag: "submit", attempt: { id: a1, account: "eu" } })
    given(...approved, setProviders({ other: "eu" }))
      .when(begin(r1))
      .thenHappened(begun(r1, a1))
  })
})

describe("an attempt", () => {
  it("that is sent again goes to the account that it began at, whatever was set since: else it would be paid twice", () => {
    given(...approved, eu, begin(r1), told(r1, notSent), us)
      .when(begin(r1, a2, later))
      .thenHappened(begun(r1, a1, "eu"))
      .thenAnswered({ _tag: "submit", attempt: { id: a1, account: "eu" } })
    // One from before there were accounts stays at the server's own.
    given(...approved, begin(r1), told(r1, notSent), eu)
      .when(begin(r1, a2, later))
      .thenHappened(begun(r1, a1))
  })

  it("is looked up at the account that it began at", () => {
    given(...approved, eu, begin(r1), told(r1, unknown), us)
      .when(begin(r1, a2, later))
      .thenAnswered({ _tag: "lookup", attempt: { id: a1, account: "eu" } })
    given(...approved, eu, begin(r1), told(r1, pending), setProviders({}))
      .when(begin(r1, a2, later))
      .thenAnswered({ _tag: "lookup", attempt: { id: a1, account: "eu" } })
  })

  it("that follows a definite no goes to the account that is set by then", () => {
    given(...approved, eu, begin(r1), told(r1, declined), us, retry(r1))
      .when(begin(r1, a2, later))
      .thenHappened(begun(r1, a2, "us"))
  })

  it("that was not sent, as far as anybody knew, is still at its account when its outcome arrives after all", () => {
    given(...approved, eu, begin(r1), told(r1, notSent), us, told(r1, pending))
      .when(begin(r1, a2, later))
      .thenAnswered({ _tag: "lookup", attempt: { id: a1, account: "eu" } })
  })

  it("that the ledger has forgotten is taken to be at the account that is set", () => {
    given(...approved, eu)
      .when(told(r1, pending, { attempt: a2 }))
      .thenHappened(begun(r1, a2, "eu"), { _tag: "RefundPending" })
  })
})
