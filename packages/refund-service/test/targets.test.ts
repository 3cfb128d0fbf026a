import { assert, describe, it } from "@effect/vitest"
import { addressRefusal, urlRefusal } from "../src/targets.ts"

const anywhere = { toPrivate: true }
const outside = { toPrivate: false }

describe("where webhooks may be sent", () => {
  const nobodys = [
    ["what no host has", "0.0.0.0", "0.1.2.3", "::", "255.255.255.255", "240.0.0.1"],
    ["link-local, where clouds tell credentials", "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0"],
    ["other clouds' own", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254"],
    ["many at once", "224.0.0.1", "ff02::1"],
    ["the same, written as IPv6", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::169.254.169.254"],
    ["the same, through 6to4", "2002:a9fe:a9fe::1"],
    ["no address", "", "example.com", "1.2.3", "::ffff:1.2.3.4.5"]
  ] as const
  for (const [what, ...addresses] of nobodys) {
    it(`is never ${what}`, () => {
      for (const address of addresses) assert.isNotNull(addressRefusal(address, anywhere), address)
    })
  }

  const privates = [
    ...["127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"],
    ...["::1", "fc00::1", "fd12:3456::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::10.0.0.1", "2002:7f00:1::"]
  ]
  it("is a private address only where that is allowed", () => {
    for (const address of privates) {
      assert.strictEqual(addressRefusal(address, outside), `${address} is a private address`)
      assert.isNull(addressRefusal(address, anywhere), address)
    }
  })

  it("is any other address", () => {
    const publics = [
      "93.184.216.34",
      "172.32.0.1",
      "100.128.0.1",
      "2606:2800:220:1::1",
      "::ffff:8.8.8.8",
      "64:ff9b::8.8.8.8"
    ]
    for (const address of publics) assert.isNull(addressRefusal(address, outside), address)
  })

  it("is a URL of HTTP without a name and password in it", () => {
    const refused = [
      "",
      "/hook",
      "ftp://example.com",
      "file:///etc/passwd",
      "https://ada:secret@example.com/",
      "https://[::1"
    ]
    for (const url of refused) assert.isNotNull(urlRefusal(url, anywhere), url)
    for (const url of ["https://example.com/hook?a=1", "http://example.com:8080"])
      assert.isNull(urlRefusal(url, outside))
  })

  it("is judged by an address that stands in the URL, however it is written there", () => {
    const loopback = [
      "http://127.0.0.1/",
      "http://2130706433/",
      "http://0x7f.1/",
      "http://0177.0.0.1/",
      "http://[::1]:3000/"
    ]
    for (const url of loopback) {
      assert.isNotNull(urlRefusal(url, outside), url)
      assert.isNull(urlRefusal(url, anywhere), url)
    }
    assert.isNotNull(urlRefusal("http://[::ffff:169.254.169.254]/latest/meta-data", anywhere))
    assert.isNotNull(urlRefusal("http://2852039166/", anywhere))
  })
})
