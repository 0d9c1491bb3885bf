/** The public face of the package, beside `sallyport/plugin`. */
export { startGateway, startGatewayFrom, ConfigurationRefused, type Gateway, type GatewayOptions } from './gateway.ts'
export { loadConfiguration } from './config/load.ts'
export { GatewayError, errorTable, type GatewayErrorCode } from './errors.ts'
export type { Configuration, Fault } from './config/types.ts'
