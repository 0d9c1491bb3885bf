/** A real redis-server on a free port, alone or as a cluster of three; it ends with the test. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { gather } from './command.ts'
import { temporaryFolder, type Teardown } from './folder.ts'
import { freePort } from './port.ts'

export interface TestRedis {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  /** SIGKILL: what it held is lost, for nothing is written to disk. */
  kill (): Promise<void>
  /** SIGSTOP, SIGCONT. */
  signal (name: 'SIGSTOP' | 'SIGCONT'): void
  /** Starts it again, empty, on the same port. */
  start (): Promise<void>
  /** Runs one command, for a test to look inside. */
  ask (command: string, ...words: string[]): Promise<unknown>
}

/** Starts one server. Throws, with what would help, where redis-server is missing. */
export async function startRedis (t: Teardown, ...options: string[]): Promise<TestRedis> {
  requireServer()
  const server = new Server(await portWithRoomAbove(), temporaryFolder(t), options)
  t.teardown(() => server.kill())
  await server.start()
  return server
}

/** Three masters, no replicas. */
export async function startCluster (t: Teardown): Promise<readonly TestRedis[]> {
  const nodes = await Promise.all([1, 2, 3].map(async () => await startRedis(t, '--cluster-enabled', 'yes', '--cluster-node-timeout', '1000')))
  const words = ['--cluster', 'create', ...nodes.map(({ port }) => `127.0.0.1:${port}`), '--cluster-yes']
  const made = spawnSync('redis-cli', words, { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`the cluster could not be made: ${made.stdout}${made.stderr}`)
  for (const node of nodes) while (!String(await node.ask('CLUSTER', 'INFO')).includes('cluster_state:ok')) await new Promise(resolve => setTimeout(resolve, 50))
  return nodes
}

function requireServer (): void {
  if (spawnSync('redis-server', ['--version']).status === 0) return
  throw new Error('these tests need redis-server: install it (Debian: apt-get install redis-server), or run .ci/run, which does')
}

class Server implements TestRedis {
  readonly port: number
  readonly #folder: string
  readonly #options: readonly string[]
  #child: ChildProcess | null = null

  constructor (port: number, folder: string, options: readonly string[]) {
    this.port = port
    this.#folder = join(folder, String(port))
    this.#options = options
    mkdirSync(this.#folder, { recursive: true })
  }

  get url (): string { return `redis://127.0.0.1:${this.port}` }

  async start (): Promise<void> {
    const child = spawn('redis-server', ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.#folder, ...this.#options], { stdio: ['ignore', 'pipe', 'ignore'] })
    const said = gather(child.stdout)
    this.#child = child
    for (;;) {
      if (child.exitCode !== null) throw new Error(`redis-server ended before it was ready: ${said()}`)
      if (await this.ask('PING').then(reply => reply === 'PONG', () => false)) return
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  async kill (): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  signal (name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name)
  }

  async ask (command: string, ...words: string[]): Promise<unknown> {
    const client = new Redis(this.port, '127.0.0.1', { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 })
    client.on('error', () => {})
    try {
      await client.connect()
      return await client.call(command, ...words)
    } finally {
      client.disconnect()
    }
  }
}

/** A port below the ten thousand highest: a cluster's node takes the one ten thousand above it too. */
async function portWithRoomAbove (): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port < 55_000) return port
  }
}
