/** Ports of loopback. */
import { createServer, type AddressInfo } from 'node:net'

/** `preferred`, or a free port where it is taken. */
export async function portOrFree (preferred: number): Promise<number> {
  return await probe(preferred) ?? await probe(0) ?? preferred
}

/** The port as the system gave it, or null where it cannot be had. */
async function probe (port: number): Promise<number | null> {
  const server = createServer()
  return await new Promise((resolve) => {
    server.once('error', () => { resolve(null) })
    server.listen(port, '127.0.0.1', () => {
      const given = (server.address() as AddressInfo).port
      server.close(() => { resolve(given) })
    })
  })
}
