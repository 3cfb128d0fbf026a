/** The parts of Adyen's SDK that are used. By subpath, because the whole library takes a second to load. */
import ClientModule from "@adyen/api-library/lib/src/client.js"
import { EnvironmentEnum } from "@adyen/api-library/lib/src/config.js"
import HttpClientExceptionModule from "@adyen/api-library/lib/src/httpClient/httpClientException.js"
import HttpURLConnectionClientModule from "@adyen/api-library/lib/src/httpClient/httpURLConnectionClient.js"
import { ModificationsApi } from "@adyen/api-library/lib/src/services/checkout/modificationsApi.js"
import HmacValidatorModule from "@adyen/api-library/lib/src/utils/hmacValidator.js"

/** A default export of CommonJS: Node hands out the module that has it, a test runner the default itself. */
const defaultOf = <A extends object>(module: { readonly default: A }): A =>
  "default" in module ? module.default : (module as A)

export const Client = defaultOf(ClientModule)
export const HmacValidator = defaultOf(HmacValidatorModule)
export const HttpClientException = defaultOf(HttpClientExceptionModule)
export const HttpURLConnectionClient = defaultOf(HttpURLConnectionClientModule)
export { EnvironmentEnum, ModificationsApi }
