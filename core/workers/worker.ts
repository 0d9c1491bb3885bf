/** One worker of several: a gateway whose audit writer, and without a store whose counts, are those of the primary that started it. */
import { Socket } from 'node:net'
import cluster from 'node:cluster'
import { AggregatorRegistry } from 'prom-client'
import type { Writer, WriterEvents } from '../audit/spawn.ts'
import { speakOver } from '../audit/line.ts'
import { loadConfiguration } from '../config/load.ts'
import { ConfigurationRefused } from '../config/refused.ts'
import type { Configuration } from '../config/types.ts'
import type { QuestionParts } from '../endpoints/question.ts'
import { startGateway, type Gateway } from '../gateway.ts'
import type { Prepared } from '../reload.ts'
import { RemoteStore } from './counting.ts'
import { auditDescriptor, isToWorker, type ToPrimary, type ToWorker } from './messages.ts'

const [file = '', digest = '', workers = '1', port = '', unsafe = ''] = process.argv.slice(2)

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {}) // the primary says what to do
process.on('disconnect', () => { process.exit(1) }) // without its primary nothing can be recorded

cluster.worker?.on('error', () => {}) // 'disconnect' follows

const send = (message: ToPrimary): void => { process.send?.(message) }
const store = new RemoteStore(send)
const endAtOnce = (message: unknown): void => { if (isToWorker(message) && message.type === 'close') process.exit(0) }

process.on('message', endAtOnce) // until it serves there is nothing to drain
start().then(serve, (thrown: unknown) => {
  send({ to: 'primary', type: 'failed', ...tell(thrown) })
  process.exitCode = 78
  cluster.worker?.disconnect()
})

async function start (): Promise<Gateway> {
  return await startGateway(sameConfiguration(), {
    allowUnsafeFilesystem: unsafe === 'unsafe',
    seat: {
      workers: Number(workers),
      port: port === '' ? null : Number(port),
      store,
      openWriter,
      measured: metrics => {
        AggregatorRegistry.setRegistries([metrics.registry])
        return new AggregatorRegistry() // from now on it answers the primary
      }
    }
  })
}

/** The file may have changed since the primary began: what was not reloaded is not served. */
function sameConfiguration (): Configuration {
  const { configuration, faults } = loadConfiguration(file)
  if (configuration === null || faults.length > 0) throw new ConfigurationRefused(faults)
  if (configuration.digest !== digest) throw new Error('the configuration has changed since it was loaded: reload it, or put it back')
  return configuration
}

/** The primary's hub speaks as the writer does. */
function openWriter (events: WriterEvents): Writer {
  const socket = new Socket({ fd: auditDescriptor, readable: true, writable: true })
  const put = speakOver(socket, (_tag, payload) => { events.message(JSON.parse(payload.toString('utf8'))) })
  return {
    send: put,
    control: message => { put(0, JSON.stringify(message)) },
    end: () => { socket.end() },
    exited: new Promise(resolve => { socket.once('close', () => { resolve({ code: null, signal: null }) }) })
  }
}

function serve (gateway: Gateway): void {
  let prepared: Prepared | null = null
  let isClosing = false
  const obey = async (message: ToWorker): Promise<void> => {
    switch (message.type) {
      case 'answer': return store.answer(message)
      case 'hint': return store.hints.heard(message.endpoint, message.ms)
      case 'report': return send({ to: 'primary', type: 'report', report: { endpoints: gateway.endpoints(), unready: gateway.unready() } })
      case 'explain': return send({ to: 'primary', type: 'explained', ...explained(gateway, message.parts) })
      case 'prepare':
        prepared = await gateway.prepare()
        return send({ to: 'primary', type: 'prepared', message: null, faults: [] })
      case 'apply':
        prepared?.apply()
        prepared = null
        return
      case 'discard':
        await prepared?.discard()
        prepared = null
        return
      case 'close':
        if (isClosing) return
        isClosing = true
        await gateway.close()
        process.exitCode = 0
        cluster.worker?.disconnect()
        process.removeAllListeners('disconnect')
    }
  }
  process.off('message', endAtOnce)
  process.on('message', (message: unknown) => {
    if (!isToWorker(message)) return
    obey(message).catch((thrown: unknown) => { if (message.type === 'prepare') send({ to: 'primary', type: 'prepared', ...tell(thrown) }) })
  })
  send({ to: 'primary', type: 'serving', address: gateway.address })
}

function explained (gateway: Gateway, parts: QuestionParts): { readonly answer: unknown, readonly error: string | null } {
  try {
    return { answer: gateway.explain(parts), error: null }
  } catch (thrown) {
    return { answer: null, error: thrown instanceof Error ? thrown.message : 'it threw' }
  }
}

function tell (thrown: unknown): Pick<Extract<ToPrimary, { type: 'failed' }>, 'message' | 'faults'> {
  return { message: thrown instanceof Error ? thrown.message : 'it threw', faults: thrown instanceof ConfigurationRefused ? thrown.faults : [] }
}
