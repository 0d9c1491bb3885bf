import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../errors.ts'

/** Reads a whole body. Throws GW_CLASSIFY_TOO_LARGE beyond `limitBytes`, GW_REQUEST_ABORTED where it was not sent to its end. */
export async function readBody (message: IncomingMessage, limitBytes: number, signal: AbortSignal): Promise<Buffer> {
  if (Number(message.headers['content-length'] ?? 0) > limitBytes) throw new GatewayError('GW_CLASSIFY_TOO_LARGE')
  const chunks: Buffer[] = []
  let length = 0
  return await new Promise((resolve, reject) => {
    const aborted = (): void => fail(new GatewayError('GW_REQUEST_ABORTED'))
    const fail = (error: GatewayError): void => {
      forget()
      message.pause()
      reject(error)
    }
    const data = (chunk: Buffer): void => {
      length += chunk.length
      if (length > limitBytes) fail(new GatewayError('GW_CLASSIFY_TOO_LARGE'))
      else chunks.push(chunk)
    }
    const end = (): void => {
      forget()
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length))
    }
    const forget = (): void => {
      message.off('data', data).off('end', end).off('close', aborted)
      signal.removeEventListener('abort', aborted)
    }
    if (signal.aborted) return fail(new GatewayError('GW_REQUEST_ABORTED'))
    signal.addEventListener('abort', aborted, { once: true })
    message.on('data', data).on('end', end).on('close', aborted) // a body that is cut ends with `close` alone
  })
}
