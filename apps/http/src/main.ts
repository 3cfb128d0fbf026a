import express from "express"

// Alive, and nothing more yet.
const app = express().get("/healthz", (_, response) => {
  response.json({ status: "ok" })
})

const server = app.listen(Number(process.env["PORT"] ?? 3000), process.env["HOST"] ?? "127.0.0.1")

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.close(() => process.exit(0)))
