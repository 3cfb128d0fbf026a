import { Schema } from "effect"

/**
 * ISO 4217, list one as of amendment 180 (January 2026): every active code with a minor unit, by its decimal digits.
 * Left out are the codes without one: metals, XDR, XSU, XUA, bond units, XTS, XXX.
 */
const codesByExponent: ReadonlyArray<readonly [exponent: number, codes: string]> = [
  [0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"],
  [2, "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD"],
  [2, "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP"],
  [2, "GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT"],
  [2, "LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD"],
  [2, "PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL"],
  [2, "THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"],
  [3, "BHD IQD JOD KWD LYD OMR TND"],
  [4, "CLF UYW"]
]

const exponents: ReadonlyMap<string, number> = new Map(
  codesByExponent.flatMap(([exponent, codes]) => codes.split(" ").map((code) => [code, exponent] as const))
)

const codes = [...exponents.keys()].sort()

export const CurrencyCode = Schema.Literals(codes)
  .annotate({
    identifier: "CurrencyCode",
    description: "An active ISO 4217 currency code"
  })
  .pipe(Schema.brand("CurrencyCode"))
export type CurrencyCode = typeof CurrencyCode.Type

export const isCurrency = (code: unknown): code is CurrencyCode => typeof code === "string" && exponents.has(code)

export const currencies: ReadonlyArray<CurrencyCode> = codes.filter(isCurrency)

/** How many decimal digits the currency's minor unit has: 0 (JPY), 2 (USD), 3 (KWD) or 4 (CLF). */
export const exponentOf = (code: CurrencyCode): number => {
  const exponent = exponents.get(code)
  if (exponent === undefined) throw new Error(`${code} is not an active ISO 4217 currency`)
  return exponent
}
