/** Endpoints and their deliveries in words. */
import type { DeliveriesBody, EndpointBody, EndpointsBody } from "refund-api/EndpointBody"
import { harmless, type Paint } from "./paint.ts"
import { type Cell, table } from "./table.ts"
import { moment } from "./words.ts"

export const endpointInWords = (endpoint: EndpointBody, paint: Paint): string => {
  const { enabled, events, form, id, secret, secrets, url } = endpoint
  return [
    `${paint("bold", `Endpoint ${harmless(id)}`)}${enabled ? "" : ", disabled"}: ${events.map(harmless).join(", ")} to ${harmless(url)}`,
    `  ${form === "standard" ? "Standard Webhooks" : `${form}'s form`}, signed with ${secrets === 1 ? "one secret" : `${secrets} secrets`}`,
    ...(secret === undefined ? [] : [`  ${secret}`])
  ].join("\n")
}

export const endpointsInWords = ({ endpoints }: EndpointsBody, paint: Paint): string =>
  endpoints.length === 0
    ? "Events are sent nowhere"
    : table(
        [{ name: "endpoint" }, { name: "" }, { name: "events" }, { name: "form" }, { name: "to" }],
        endpoints.map(({ enabled, events, form, id, url }) => [
          id,
          enabled ? { text: "enabled", style: "green" } : { text: "disabled", style: "dim" },
          events.join(", "),
          form,
          url
        ]),
        paint
      )

type Delivery = DeliveriesBody["deliveries"][number]

const states: Record<Delivery["state"], Cell> = {
  waiting: { text: "waiting", style: "yellow" },
  delivered: { text: "delivered", style: "green" },
  dead: { text: "dead", style: "red" }
}

export const deliveriesInWords = ({ deliveries, next }: DeliveriesBody, paint: Paint): string => {
  if (deliveries.length === 0) return "No deliveries"
  const rows = deliveries.map(({ dueAt, event, id, lastAnswer, state, tries }) => [
    String(id),
    states[state],
    event.type,
    event.refund?.id ?? event.orderId ?? event.customerId ?? "",
    String(tries),
    lastAnswer ?? "",
    state === "waiting" && dueAt !== null ? moment(dueAt) : ""
  ])
  const columns = [
    { name: "#", right: true },
    { name: "state" },
    { name: "event" },
    { name: "about" },
    { name: "tries", right: true },
    { name: "last answer" },
    { name: "next try" }
  ] as const
  return [table(columns, rows, paint), ...(next === null ? [] : [`More with --before ${next}`])].join("\n\n")
}
