/** What each kind of problem means, and what to do next: the text of its page. A kind without one does not compile. */
import type { ViolationTag } from "refund-core/Violation"
import type { FaultCode } from "./Problem.ts"

export interface Guide {
  readonly meaning: string
  readonly next: string
}

const guide = (meaning: string, next: string): Guide => ({ meaning, next })

const lower = "Ask for less: the violation names what is left, and a preview shows why."
const read = "Read it again, then decide whether the change is still wanted."

const ofViolation: Record<ViolationTag, Guide> = {
  NotPermitted: guide(
    "The credential is known, and may not do this. Nothing is said about whether what was named exists.",
    "Use a credential with the named permission, or ask whoever manages keys for it."
  ),
  SelfApproval: guide(
    "Whoever asked for a refund may not decide on it as well.",
    "Have another person decide. A tenant may except one key from this rule; that is audited."
  ),
  Malformed: guide(
    "A field is missing, misspelled, or not of its documented form. Every fault of the request is listed.",
    "Mend each field that `violations` names by its path, and send the request again with the same key."
  ),
  OrderNotFound: guide(
    "The tenant of this credential has no order of this name.",
    "Register the order with PUT /v1/orders/{orderId} first, or correct its name."
  ),
  CaptureNotFound: guide(
    "The order has no capture of this name.",
    "Register the capture, or name one that GET /v1/orders/{orderId} shows."
  ),
  RefundNotFound: guide(
    "The tenant of this credential has no refund, and no group, of this id.",
    "Look the refund up by its order: GET /v1/refunds?orderId=…"
  ),
  ComponentNotFound: guide(
    "The order has no such line, shipping or fee.",
    "Name a component that GET /v1/orders/{orderId} shows, or none: then the order as a whole is drawn on."
  ),
  CaptureRequired: guide(
    "The tenant's policy wants each refund to say which capture it is of.",
    "Send the request with a `captureId`."
  ),
  NotCaptured: guide(
    "The money was only authorized. Nothing was taken that could be given back.",
    "Void the authorization at the provider, or register the capture once the money is taken."
  ),
  CurrencyMismatch: guide("An order has one currency.", "Ask in the order's currency."),
  AmountMissing: guide(
    "Nothing is refunded by leaving an amount out.",
    'Say an `amount`, or `"all"` beside a `captureId`.'
  ),
  AmountNotPositive: guide("A refund is of more than nothing.", "Send a whole number of minor units above 0."),
  AmountTooPrecise: guide(
    "The amount has more decimals than the currency. Nothing is rounded.",
    "Send the amount in whole minor units."
  ),
  DisputeOpen: guide(
    "The customer's bank is deciding about this capture: a refund now could be paid twice.",
    "Wait until the dispute is won or lost. `disputes:override` permits it nevertheless."
  ),
  ExceedsCaptured: guide("More is asked for than is left on the capture.", lower),
  ExceedsCollected: guide("More is asked for than is left of all that was taken for the order.", lower),
  ExceedsOrderTotal: guide("More is asked for than is left of the order's total.", lower),
  SubtotalUnknown: guide(
    "The policy measures against the order's subtotal, and the order has none.",
    "Register the order with its subtotal, or restate `tax` and `discounts`."
  ),
  ExceedsSubtotal: guide(
    "A refund that restates neither tax nor discounts is at most the order's subtotal.",
    "Restate `tax` and `discounts`, or ask for less."
  ),
  ExceedsComponent: guide("More is asked for than is left of a line, shipping or fee.", lower),
  ExceedsCredit: guide(
    "The customer is owed less store credit than that.",
    "Spend less; the violation names what is left."
  ),
  WindowClosed: guide(
    "The provider gives captures back only for so many days.",
    "Refund to `store_credit` or `payout` instead."
  ),
  OnlyInFull: guide(
    "The provider gives this capture back whole, or not at all.",
    "Ask for all of it, or refund to `store_credit` or `payout`."
  ),
  AmountNotInSteps: guide(
    "The provider pays this currency in steps that are larger than its minor unit.",
    "Ask for a multiple of the step."
  ),
  NothingToDeductFrom: guide(
    "A return cost is taken off the order's refunds, and none is open for as much.",
    "Ask for the refund first; or let costs wait for it, with the policy `unmatchedDeduction: hold`."
  ),
  CustomerRequired: guide(
    "Store credit is owed to somebody, and the order has no customer.",
    "Register the order's customer, or choose another destination."
  ),
  ReasonRequired: guide("Here somebody must say why.", "Send the field that the violation names."),
  StateConflict: guide(
    "The refund is in a state that this does not apply to; it may have moved on meanwhile.",
    "Look at the refund, then decide again."
  ),
  DisputeConflict: guide(
    "The dispute is recorded with another capture or amount, or has been decided.",
    "Record what was decided under the dispute's own id and figures."
  ),
  CaptureConflict: guide(
    "What was registered of a capture is never lowered, re-priced or moved.",
    "Leave the capture as it is, or register what is new under another id."
  ),
  OrderConflict: guide(
    "Some of an order stays as it was first registered: its currency, its subtotal, a customer once credited, parts with refunds.",
    "Register the rest without this change."
  ),
  OrderDoesNotAdd: guide(
    "The order's figures contradict each other.",
    "Correct the figure that the violation names, or leave it out."
  ),
  IdempotencyKeyReused: guide(
    "The key, or the id, was used for a request with another content. Nothing was made.",
    "If it is a new intent, use a new key. If it is the old one, send the old content."
  ),
  VersionConflict: guide("Somebody else changed it after it was read.", read),
  LastManagingKey: guide(
    "Without this key nobody could manage keys any more.",
    "Make another key with `keys:manage` first."
  )
}

const ofFault: Record<FaultCode, Guide> = {
  Unauthorized: guide(
    "No credential was sent, or one that is not known here.",
    "Send `Authorization: Bearer <key>` with a key that is neither revoked nor expired."
  ),
  WebhookRefused: guide(
    "The signature is not the provider's, or is too old.",
    "Check the webhook's secret on both sides, that the body is passed on byte by byte, and the clocks."
  ),
  NoRoute: guide("There is nothing at this path.", "GET /openapi.json lists every path; /docs shows it."),
  UnknownProvider: guide(
    "This server has no provider of this name that tells anything.",
    "Configure the provider, or correct the path."
  ),
  EndpointNotFound: guide("The tenant has no such endpoint.", "GET /v1/webhook-endpoints lists them."),
  KeyNotFound: guide("The tenant has no such key, or has one no more.", "GET /v1/keys lists them."),
  DeliveryNotFound: guide(
    "There is no such delivery, or none that could be sent again.",
    "GET /v1/webhook-endpoints/{id}/deliveries lists them."
  ),
  InboxEventNotFound: guide("No event of this number is parked.", "GET /v1/inbox?state=parked lists them."),
  CursorGone: guide(
    "The cursor was given out by another ledger: this one is a copy, or was brought back from one.",
    "Begin anew from `start`, and expect to be told again what you know."
  ),
  WrongMethod: guide("The path knows other methods.", "Use one that the header `Allow` names."),
  TooMany: guide(
    "The credential, or its tenant, asked more often than it may. Nothing was looked at.",
    "Send the same request after `Retry-After` seconds; `RateLimit-Remaining` tells before it comes to that."
  ),
  UriTooLong: guide("The address with its query is longer than is read.", "Ask for less at once."),
  TooLarge: guide("The body is larger than is read.", "Send it in parts."),
  WrongMediaType: guide(
    "Only JSON in UTF-8 is read; an import is CSV or JSON lines in UTF-8, not compressed.",
    "Send the body as the detail says, and say so in `Content-Type`."
  ),
  BadJson: guide(
    "The body is no JSON, or JSON that two readers could read differently: a name twice, too deep, not UTF-8.",
    "Write the body with a JSON library."
  ),
  SlowBody: guide(
    "The connection was held, and too little came over it. What was answered before is decided.",
    "Send all of it again, as fast as the connection allows: what is there already is not made twice."
  ),
  UnreadableFile: guide(
    "Nobody can tell what the rows mean: there is no header, it names columns that nobody knows, or a quote is never closed.",
    "Mend what the detail says, or say in the query what the columns mean, and send all of it again."
  ),
  UnreadableRow: guide(
    "The row cannot be read as the others are. Nothing was asked of the ledger for it.",
    "Mend it as the detail says, and send it again, alone or with the others."
  ),
  RepeatedRow: guide(
    "An earlier row of the same import has the same id, key or reference, or says exactly the same.",
    "If both are meant, give this one a reference or an `idempotencyKey` of its own."
  ),
  BodyRead: guide(
    "Something before the ledger read the body, and with it its exact amounts are gone.",
    "Mount the router before the body parser."
  ),
  Unavailable: guide(
    "The ledger cannot be reached now, has more to do than it can, or is stopping. Nothing is known to be made.",
    "Send the same request, with the same key, after `Retry-After` seconds."
  ),
  Broken: guide(
    "The server has a defect. Its log names this request.",
    "Send the same request with the same key once more; tell whoever runs the server its id."
  )
}

export const guides: Readonly<Record<ViolationTag | FaultCode, Guide>> = { ...ofViolation, ...ofFault }
