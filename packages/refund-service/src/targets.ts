/**
 * Where webhooks may be sent. Whoever may make an endpoint chooses its URL, and this server calls it from inside the
 * network: addresses that are nobody's receiver are refused always (link-local, where clouds answer with credentials),
 * private ones unless they are allowed. A name is judged by what it resolves to, when it is called.
 */
import { BlockList, isIPv4, isIPv6 } from "node:net"

const listOf = (...subnets: ReadonlyArray<`${string}/${number}`>): BlockList => {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [network = "", bits] = subnet.split("/")
    list.addSubnet(network, Number(bits), isIPv4(network) ? "ipv4" : "ipv6")
  }
  return list
}

/** No receiver's: unspecified, link-local, multicast, reserved, and where clouds keep what their machines may know. */
const never = listOf(
  "0.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "100.100.100.200/32",
  "168.63.129.16/32",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
  "fd00:ec2::/32"
)

/** This machine, and networks that are nobody's in particular. */
const inside = listOf(
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "198.18.0.0/15",
  "::1/128",
  "fc00::/7"
)

export interface Targets {
  /** Loopback and private addresses too. */
  readonly toPrivate: boolean
}

/** Why nothing is sent to this address; null: it may be. */
export const addressRefusal = (address: string, { toPrivate }: Targets): string | null => {
  const plain = plainAddress(address)
  if (plain === null) return `${address} is no address`
  const family = isIPv4(plain) ? "ipv4" : "ipv6"
  if (never.check(plain, family)) return `${address} is no address of a receiver`
  if (!toPrivate && inside.check(plain, family)) return `${address} is a private address`
  return null
}

/** Why nothing is sent to this URL, as far as its text says; null: it may be, if its name resolves to an address that may. */
export const urlRefusal = (text: string, targets: Targets): string | null => {
  if (!URL.canParse(text)) return "it is no URL"
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") return "it is neither https nor http"
  if (url.username !== "" || url.password !== "") return "it has a name or a password in it"
  const host = hostOf(url)
  return isIPv4(host) || isIPv6(host) ? addressRefusal(host, targets) : null
}

/** Without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "")

/** An IPv4 address that is written within an IPv6 one is that IPv4 address. */
const plainAddress = (text: string): string | null => {
  const address = text.replace(/%.*$/, "")
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return null
  const groups = groupsOf(address)
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups
  const isLow = a === 0 && b === 0 && c === 0 && d === 0
  // ::ffff:a.b.c.d, ::ffff:0:a.b.c.d and 64:ff9b::a.b.c.d end with it; in 2002:… it follows the first group.
  const isMapped = isLow && ((e === 0 && f === 0xffff) || (e === 0xffff && f === 0))
  const isTranslated = a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0
  if (isMapped || isTranslated) return dotted(g, h)
  return a === 0x2002 ? dotted(b, c) : address
}

const dotted = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join(".")

const groupsOf = (address: string): ReadonlyArray<number> => {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: ReadonlyArray<string>) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [before = "", after] = hex.split("::")
  const read = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)))
  const head = read(before)
  const tail = after === undefined ? [] : read(after)
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}
