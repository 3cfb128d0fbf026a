// What Express alone can do: parse a JSON body, route, answer it. The ceiling for anything that is mounted in it.
import express from "express"
import { listen } from "./listen.ts"

const app = express()
app.disable("x-powered-by")
app.use(express.json())
app.post("/orders/:id/refunds", (request, response) => {
  response.json(request.body)
})
listen(app)
