/** A witness on the network: `POST add-checkpoint` (c2sp.org/tlog-witness), and nothing else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { parseSubmission, type Submission } from './submission.ts'
import type { Answer, Witness } from './witness.ts'

/** 63 hashes and a note with many signatures take less. */
const maxBodyBytes = 64 * 1024
const statuses = { cosigned: 200, conflict: 409, unknown_log: 404, not_signed: 403, malformed: 400, inconsistent: 422 } as const

/** Not listening yet. */
export function createWitnessServer (witness: Witness): Server {
  return createServer((request, response) => {
    serve(witness, request, response).catch(() => { response.destroy() })
  })
}

async function serve (witness: Witness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST' || !request.url?.endsWith('/add-checkpoint')) {
    response.writeHead(404).end()
    return
  }
  const submission = submissionOf(await bodyOf(request))
  reply(response, submission === null ? { kind: 'malformed' } : witness.add(submission))
}

function reply (response: ServerResponse, answer: Answer): void {
  const status = statuses[answer.kind]
  if (answer.kind === 'cosigned') response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(answer.line)
  else if (answer.kind === 'conflict') response.writeHead(status, { 'content-type': 'text/x.tlog.size' }).end(`${answer.size}\n`)
  else response.writeHead(status).end()
}

/** Null where it is too long: what was read of it is let go. */
async function bodyOf (request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function submissionOf (text: string | null): Submission | null {
  try {
    return text === null ? null : parseSubmission(text)
  } catch {
    return null
  }
}
