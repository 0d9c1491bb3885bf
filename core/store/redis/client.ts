/** The connection to Redis, standalone or Cluster, and the scripts as commands of it. Nothing waits for a connection: what cannot be sent now fails now. */
import { Cluster, Redis } from 'ioredis'
import type { RedisConfig } from '../../config/types.ts'
import { markScript } from './marks.ts'
import { restoreScript, settleScript, takeScript } from './scripts.ts'

/** Reconnects this often: well within the grace of link.ts. */
const reconnectMs = 100

type Reply = ReadonlyArray<string | number>

/** What the store asks of Redis. Keys first, then arguments. */
export interface Commands {
  sallyportTake (hash: string, leases: string, ...words: string[]): Promise<Reply>
  sallyportSettle (hash: string, leases: string, ...words: string[]): Promise<number>
  sallyportRestore (hash: string, leases: string, ...words: string[]): Promise<string>
  sallyportMark (key: string, fresh: string): Promise<Reply>
  set (key: string, value: string, px: 'PX', ms: number, nx: 'NX'): Promise<'OK' | null>
}

export interface RedisClient {
  readonly commands: Commands
  /** Keys of which at least one lies on each node. */
  readonly markKeys: readonly string[]
  /** Rejects where it cannot be said now. */
  publish (channel: string, message: string): Promise<unknown>
  /** Messages of a channel, as far as they arrive. Called once. */
  subscribe (channel: string, heard: (message: string) => void): void
  /** Called when a connection stands anew, or is gone. */
  watch (changed: (change: 'connected' | 'gone') => void): void
  close (): Promise<void>
}

const scripts = {
  sallyportTake: { numberOfKeys: 2, lua: takeScript },
  sallyportSettle: { numberOfKeys: 2, lua: settleScript },
  sallyportRestore: { numberOfKeys: 2, lua: restoreScript },
  sallyportMark: { numberOfKeys: 1, lua: markScript }
}

/** Opens it without waiting: a store that is away is no reason not to start. */
export function openRedis (config: RedisConfig, failed: (error: Error) => void): RedisClient {
  return config.cluster ? openCluster(config, failed) : openStandalone(config, failed)
}

function commonOptions (config: RedisConfig): { commandTimeout: number, connectTimeout: number, autoResendUnfulfilledCommands: boolean, maxRetriesPerRequest: number, connectionName: string } {
  return {
    commandTimeout: config.timeoutMs,
    connectTimeout: Math.max(1000, config.timeoutMs),
    autoResendUnfulfilledCommands: false, // what was under way may have been done: never done twice
    maxRetriesPerRequest: 0,
    connectionName: 'sallyport'
  }
}

function openStandalone (config: RedisConfig, failed: (error: Error) => void): RedisClient {
  const redis = new Redis(config.urls[0] ?? '', { ...commonOptions(config), scripts, enableOfflineQueue: false, retryStrategy: () => reconnectMs })
  redis.on('error', failed)
  let subscriber: Redis | null = null // a connection that listens can do nothing else
  return {
    commands: redis as unknown as Commands,
    markKeys: [`${config.prefix}:mark`],
    watch: changed => {
      redis.on('ready', () => { changed('connected') })
      redis.on('close', () => { changed('gone') })
    },
    publish: async (channel, message) => await redis.publish(channel, message),
    subscribe: (channel, heard) => {
      subscriber = redis.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null, commandTimeout: undefined })
      subscriber.on('error', failed).on('message', (_channel, message) => { heard(message) })
      subscriber.subscribe(channel).catch(failed)
    },
    close: async () => {
      redis.disconnect()
      subscriber?.disconnect()
    }
  }
}

/** Marks spread over the slots so that every node of a cluster of ordinary size holds one. */
const clusterMarks = 64

function openCluster (config: RedisConfig, failed: (error: Error) => void): RedisClient {
  const { username, password, tls } = new Redis(config.urls[0] ?? '', { lazyConnect: true }).options // its own reading of a URL
  const cluster = new Cluster([...config.urls], {
    scripts,
    enableOfflineQueue: false,
    clusterRetryStrategy: () => reconnectMs,
    slotsRefreshTimeout: Math.max(1000, config.timeoutMs),
    slotsRefreshInterval: 1000,
    retryDelayOnFailover: 0, // what was under way when a connection went may have been done: never done twice
    retryDelayOnClusterDown: 0,
    redisOptions: { ...commonOptions(config), username, password, tls }
  })
  cluster.on('error', failed)
  return {
    commands: cluster as unknown as Commands,
    markKeys: Array.from({ length: clusterMarks }, (_, index) => `${config.prefix}:{mark-${index}}`),
    watch: changed => {
      cluster.on('ready', () => { changed('connected') })
      cluster.on('close', () => { changed('gone') })
      cluster.on('+node', (node: Redis) => {
        node.on('close', () => { changed('gone') })
        node.on('ready', () => { changed('connected') })
      })
    },
    publish: async (channel, message) => await cluster.publish(channel, message),
    subscribe: (channel, heard) => {
      cluster.on('message', (_channel, message) => { heard(message) })
      const listen = (): void => { cluster.subscribe(channel).catch(failed) } // over a connection of its own
      if (cluster.status === 'ready') listen()
      else cluster.once('ready', listen)
    },
    close: async () => { cluster.disconnect() }
  }
}
