/** A Unix socket that only one user can connect to: the kernel looks at who owns its file, and Node cannot ask who the peer is. */
import { chmodSync, chownSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'

/**
 * Listens at `path`; answers it. With a user the socket belongs to that user alone (and root) from the first moment on: it is
 * made in a private folder and moved to its place when its mode is right. Throws Error where it cannot be handed over.
 */
export async function listenOnSocket (app: FastifyInstance, path: string, user: number | null): Promise<string> {
  removeSocket(path)
  if (user === null) return await app.listen({ path })
  const folder = mkdtempSync(join(dirname(path), '.s-'))
  try {
    const made = join(folder, 's')
    await app.listen({ path: made })
    chmodSync(made, 0o600)
    handOver(made, user)
    renameSync(made, path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return path
}

function handOver (path: string, user: number): void {
  if (user === process.getuid?.()) return
  try {
    chownSync(path, user, -1)
  } catch {
    throw new Error(`the Unix socket cannot be given to user ${user} of trusted_peers: run the proxy as the gateway's own user, or let the gateway change owners (CAP_CHOWN)`)
  }
}

export function removeSocket (path: string): void {
  rmSync(path, { force: true })
}
