/** Hands an order to the writer of a log, and waits a while for what becomes of it. */
import { placeOrder, orderState, type Order } from '../../audit/orders.ts'
import { exitCodes, print, UsageError } from '../command.ts'

/** A running writer looks for orders every second; pruning may take it longer. */
const patienceMs = 10_000

/** Answers the exit code. Throws {@link UsageError} where such an order waits already. */
export async function order (folder: string, wanted: Order, done: string): Promise<number> {
  try {
    placeOrder(folder, wanted)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  for (const deadlineMs = Date.now() + patienceMs; Date.now() < deadlineMs;) {
    const found = orderState(folder, wanted.kind)
    if (found.state === 'done') {
      print(done)
      return exitCodes.ok
    }
    if (found.state === 'refused') {
      print(`refused: ${found.why}`)
      return exitCodes.no
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  print('no gateway writes this log now: it is done when the next one starts')
  return exitCodes.ok
}
