/** Geins asks for two credentials at once: Basic authentication, and an API key in a header of its own. */

/** The key decides. Basic must be there too, with the same key as its password; its user name is not looked at. */
export const credential = (headers: Readonly<Record<string, string>>): string | null => {
  const key = headers["x-apikey"]
  const password = basicPassword(headers["authorization"] ?? "")
  return key !== undefined && key !== "" && key === password ? key : null
}

const basicPassword = (authorization: string): string | null => {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  if (encoded === undefined) return null
  const pair = Buffer.from(encoded, "base64").toString("utf8")
  const colon = pair.indexOf(":")
  return colon === -1 ? null : pair.slice(colon + 1)
}
