/** A JSON object's fields, where numbers are read as their text. */
import { Schema, SchemaTransformation } from "effect"
import { NumberText } from "./NumberText.ts"

/** A `NumberText` is an object too, but what it stands for is not one: `5` is no `{}`. */
export const jsonObject = <const F extends Schema.Struct.Fields>(fields: F, message: string) =>
  Schema.Unknown.check(Schema.makeFilter((value) => !(value instanceof NumberText), { message })).pipe(
    Schema.decodeTo(Schema.Struct(fields).annotate({ message }), SchemaTransformation.passthrough({ strict: false }))
  )
