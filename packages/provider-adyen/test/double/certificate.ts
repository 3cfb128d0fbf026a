/** The SDK speaks https only, so the double does: with a certificate of its own that this process is told to trust. */
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { generate } from "selfsigned"

const make = async () => {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }
    ]
  })
  setDefaultCACertificates([...getCACertificates("default"), cert])
  return { cert, key }
}

let made: ReturnType<typeof make> | undefined

export const certificate = () => {
  made ??= make()
  return made
}
