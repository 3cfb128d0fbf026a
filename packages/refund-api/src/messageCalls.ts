/** What the ledger tells, where it is sent, and what providers told. */
import type { Calls } from "./Call.ts"
import {
  DeliveriesBody,
  DeliveryQuery,
  EndpointBody,
  EndpointsBody,
  EndpointUpdate,
  ReplayedBody
} from "./EndpointBody.ts"
import { EventQuery, EventsBody } from "./EventBody.ts"
import { InboxBody, InboxQuery, RetriedBody } from "./InboxBody.ts"

const about = "Events and webhooks"
const permission = "webhooks:manage"
const params = { id: "erp" }
const wish = { url: "https://erp.example/refunds", events: ["refund.*", "credit.posted"] }
const where = { Location: "Where the endpoint is." }

export const messageCalls: Calls = {
  "GET /v1/events": {
    summary: "What happened, in the order it was committed: a page, or server-sent events that go on",
    about,
    permission: "refunds:read",
    query: EventQuery,
    headers: {
      Accept: "`text/event-stream`: events that go on.",
      "Last-Event-ID": "What a stream that broke off has seen: it begins after that."
    },
    answers: {
      200: {
        description: "Events after the cursor.",
        schema: EventsBody,
        mediaTypes: ["application/json", "text/event-stream"]
      }
    },
    refusals: ["CursorGone"],
    example: { query: { types: "refund.*", limit: "5" } }
  },
  "GET /v1/webhook-endpoints": {
    summary: "Where events are sent",
    about,
    permission,
    answers: { 200: { description: "All of the tenant's.", schema: EndpointsBody } },
    refusals: [],
    example: {}
  },
  "POST /v1/webhook-endpoints": {
    summary: "Have events sent somewhere",
    about,
    permission,
    body: EndpointUpdate,
    answers: { 201: { description: "With the secret, this once.", schema: EndpointBody, headers: where } },
    refusals: [],
    example: { body: wish }
  },
  "PUT /v1/webhook-endpoints/:id": {
    summary: "Change where events are sent, or make it under this name",
    about,
    permission,
    body: EndpointUpdate,
    answers: {
      200: { description: "Changed.", schema: EndpointBody, headers: where },
      201: { description: "Made, with the secret, this once.", schema: EndpointBody, headers: where }
    },
    refusals: [],
    example: { params, body: wish }
  },
  "DELETE /v1/webhook-endpoints/:id": {
    summary: "Have events sent there no more",
    about,
    permission,
    answers: { 204: { description: "Gone." } },
    refusals: ["EndpointNotFound"],
    example: { params }
  },
  "POST /v1/webhook-endpoints/:id/rotate": {
    summary: "Sign with a new secret, and with the one before it",
    about,
    permission,
    answers: { 200: { description: "With the new secret, this once.", schema: EndpointBody } },
    refusals: ["EndpointNotFound"],
    example: { params }
  },
  "DELETE /v1/webhook-endpoints/:id/old-secret": {
    summary: "Sign with the newest secret only",
    about,
    permission,
    answers: { 200: { description: "The endpoint.", schema: EndpointBody } },
    refusals: ["EndpointNotFound"],
    example: { params }
  },
  "GET /v1/webhook-endpoints/:id/deliveries": {
    summary: "What became of each delivery",
    about,
    permission,
    query: DeliveryQuery,
    answers: { 200: { description: "A page, newest first.", schema: DeliveriesBody } },
    refusals: ["EndpointNotFound"],
    example: { params, query: { limit: "5" } }
  },
  "POST /v1/webhook-endpoints/:id/replay": {
    summary: "Send again what was given up on",
    about,
    permission,
    answers: { 200: { description: "How many will be sent.", schema: ReplayedBody } },
    refusals: ["EndpointNotFound"],
    example: { params }
  },
  "POST /v1/deliveries/:id/replay": {
    summary: "Send one delivery again",
    about,
    permission,
    answers: { 200: { description: "It will be sent.", schema: ReplayedBody } },
    refusals: ["DeliveryNotFound"],
    example: { params: { id: "1" } }
  },
  "GET /v1/inbox": {
    summary: "What providers told",
    about,
    permission: "refunds:read",
    query: InboxQuery,
    answers: { 200: { description: "A page, newest first.", schema: InboxBody } },
    refusals: [],
    example: { query: { state: "parked" } }
  },
  "POST /v1/inbox/:id/retry": {
    summary: "Have what is parked tried again",
    about,
    permission: "refunds:resolve",
    answers: { 200: { description: "It will be tried.", schema: RetriedBody } },
    refusals: ["InboxEventNotFound"],
    example: { params: { id: "1" } }
  }
}
