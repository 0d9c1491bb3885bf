/** A gateway in the foreground: until SIGTERM or SIGINT, with SIGHUP as the way to reload. */
import { setFlagsFromString } from 'node:v8'
import { ConfigurationRefused, startGatewayFrom, type Gateway, type GatewayOptions } from '../gateway.ts'
import { tell } from './command.ts'
import { RefusedConfiguration } from './faults.ts'

/** Starts the gateway. Throws {@link RefusedConfiguration} with every fault. */
export async function open (file: string, options: GatewayOptions = {}): Promise<Gateway> {
  collectYoungAlone()
  collectOldEarly()
  try {
    return await startGatewayFrom(file, options)
  } catch (error) {
    throw asRefusal(error)
  }
}

/**
 * Little of what a request makes outlives it, so that V8's helper threads cost more in waking up than they save when young objects are
 * collected: about 15 us of CPU a request, measured on two cores.
 */
function collectYoungAlone (): void {
  setFlagsFromString('--no-parallel-scavenge')
}

/**
 * What an event of a stream leaves behind is often old by the time it is garbage, and V8 lets old garbage grow to a multiple of what is
 * alive. With 1,000 streams open that was half of the heap. Collecting once it has grown by two fifths costs 2 % of their CPU; by one, 22 %.
 */
function collectOldEarly (): void {
  setFlagsFromString('--heap-growing-percent=40')
}

/** Resolves when the gateway has drained and closed after the first SIGTERM or SIGINT; a second one ends the process at once. */
export async function serveUntilSignal (gateway: Gateway): Promise<void> {
  const reload = (): void => { reloadNow(gateway).catch(() => {}) }
  process.on('SIGHUP', reload)
  await firstOf(['SIGTERM', 'SIGINT'])
  await gateway.close()
  process.off('SIGHUP', reload)
}

async function firstOf (signals: readonly NodeJS.Signals[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      for (const signal of signals) process.off(signal, end)
      resolve()
    }
    for (const signal of signals) process.on(signal, end)
  })
}

/** All or nothing: a refused configuration leaves the running one in force, and says why. */
async function reloadNow (gateway: Gateway): Promise<void> {
  try {
    await gateway.reload()
    tell('sallyport reloaded its configuration')
  } catch (error) {
    const refusal = asRefusal(error)
    tell(`sallyport keeps its configuration:\n${refusal instanceof Error ? refusal.message : String(refusal)}`)
  }
}

function asRefusal (error: unknown): unknown {
  return error instanceof ConfigurationRefused ? new RefusedConfiguration(error.faults) : error
}
