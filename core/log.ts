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

/** What waits for a disk or a reader that takes nothing; beyond it lines are dropped. */
const maxWaitingBytes = 4 * 1024 ** 2

/**
 * Where the log goes. What becomes of it there concerns nobody else: a full disk or a blocked reader costs lines of this log, never a
 * request.
 */
function open (file: string | null): ReturnType<typeof destination> {
  const opened = destination({ ...(file === null ? { dest: 1 } : { dest: file, mkdir: true }), sync: false, maxLength: maxWaitingBytes })
  const { flushSync } = opened
  opened.on('error', () => { opened.flushSync = () => {} }) // at the end it would try for ever
  opened.on('write', () => { opened.flushSync = flushSync })
  return opened
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
  }, open(options.file))
}
