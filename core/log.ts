/** The operational log: what the gateway did, never who asked, what was asked or what the policy allowed. */
import { pino, destination, type Logger } from 'pino'
import { GatewayError } from './errors.ts'

/** An error as the log may show it: names, codes and places in our own code; never a message built from content. */
function describeError (thrown: unknown): Record<string, unknown> {
  if (!(thrown instanceof Error)) return { type: typeof thrown }
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null
  const cause = thrown.cause === undefined ? undefined : describeError(thrown.cause)
  const fixed = thrown instanceof GatewayError ? { message: thrown.message, ...(thrown.detail === null ? {} : { detail: thrown.detail }) } : {}
  return { type: thrown.name, code, ...fixed, ...(cause === undefined ? {} : { cause }) }
}

/**
 * Opens the log. Raw requests, answers and headers have no serializer that shows them: they come out as null.
 * @param file path, or null for standard output
 */
export function openLog (options: { readonly level: string, readonly file: string | null }): Logger {
  const hidden = (): null => null
  return pino({
    level: options.level,
    base: null,
    messageKey: 'message',
    errorKey: 'error',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: label => ({ level: label }) },
    serializers: { error: describeError, err: describeError, req: hidden, res: hidden, request: hidden, response: hidden, headers: hidden, body: hidden }
  }, destination(options.file === null ? { dest: 1, sync: false } : { dest: options.file, sync: false, mkdir: true }))
}
