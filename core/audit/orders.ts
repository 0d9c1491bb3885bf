/**
 * What an operator asks of the writer: one file an order in `orders/`, which the writer alone may carry out, within a second or when it
 * starts next. An order that is carried out is gone; one that is refused lies there with the reason.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, writeDurably } from './folder.ts'
import { giveToOwner } from './user.ts'
import { orAbsent } from './verify/files.ts'

export type Order =
  | { readonly kind: 'rotate' }
  /** Removes sealed segments whose records are all older. */
  | { readonly kind: 'prune', readonly before_us: number, readonly reason: string }
  | { readonly kind: 'hold', readonly held: boolean, readonly reason: string }
  /** First record of a log that replaces one that was given up. */
  | { readonly kind: 'gap', readonly previous: string, readonly size: number, readonly reason: string }

const kinds: ReadonlyArray<Order['kind']> = ['gap', 'hold', 'rotate', 'prune']

/** Hands an order to the writer. Throws where one of its kind waits already. */
export function placeOrder (folder: string, order: Order): void {
  const file = orderFile(folder, order.kind)
  if (existsSync(file)) throw new Error(`another order waits: ${file}`)
  makeFolder(ordersFolder(folder))
  rmSync(refusalFile(folder, order.kind), { force: true })
  const draft = `${file}.order`
  writeDurably(draft, JSON.stringify(order), 0o600)
  giveToOwner(folder, ordersFolder(folder), draft)
  renameSync(draft, file)
}

/** What became of an order: `waiting`, `done`, or why it was refused. */
export function orderState (folder: string, kind: Order['kind']): { readonly state: 'waiting' | 'done' } | { readonly state: 'refused', readonly why: string } {
  if (existsSync(orderFile(folder, kind))) return { state: 'waiting' }
  const refused = refusalFile(folder, kind)
  return existsSync(refused) ? { state: 'refused', why: readFileSync(refused, 'utf8') } : { state: 'done' }
}

/** For the writer: carries out what waits, each order once. What `carryOut` throws refuses the order, but for failures of the log. */
export function takeOrders (folder: string, carryOut: (order: Order) => string | null): void {
  for (const kind of kinds) {
    const order = readOrder(folder, kind)
    if (order === null) continue
    const refusal = carryOut(order)
    if (refusal !== null) writeDurably(refusalFile(folder, kind), refusal, 0o600)
    rmSync(orderFile(folder, kind), { force: true })
  }
}

/** True where something waits: asked every second. */
export function hasOrders (folder: string): boolean {
  return orAbsent(() => readdirSync(ordersFolder(folder)))?.some(name => name.endsWith('.json')) ?? false
}

function readOrder (folder: string, kind: Order['kind']): Order | null {
  const text = orAbsent(() => readFileSync(orderFile(folder, kind), 'utf8'))
  try {
    const order: Order | null = JSON.parse(text ?? 'null')
    return order?.kind === kind ? order : null
  } catch {
    return null // no order of ours
  }
}

function ordersFolder (folder: string): string {
  return join(folder, 'orders')
}

function orderFile (folder: string, kind: Order['kind']): string {
  return join(ordersFolder(folder), `${kind}.json`)
}

function refusalFile (folder: string, kind: Order['kind']): string {
  return join(ordersFolder(folder), `${kind}.refused`)
}
