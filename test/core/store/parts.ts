/** Demands for the tests of stores. */
import type { CounterStore, Demand, Meter, Taken } from '../../../core/store/contract.ts'

export const requests = (limit: number): Meter => ({ name: 'requests_per_minute', span: { kind: 'sliding', ms: 60_000 }, limit })
export const tokens = (limit: number): Meter => ({ name: 'tokens_per_minute', span: { kind: 'sliding', ms: 60_000 }, limit })
export const dollars = (limit: number, id = '2026-11', endsMs = Date.now() + 86_400_000): Meter => ({ name: 'dollars_per_month', span: { kind: 'period', id, endsMs }, limit })
export const concurrent = (limit: number): Meter => ({ name: 'concurrent', span: { kind: 'concurrent' }, limit })

export function demand (key: string, ...pairs: Array<[meter: Meter, amount: number]>): Demand {
  return { key, meters: pairs.map(([meter]) => meter), amounts: pairs.map(([, amount]) => amount) }
}

/** Throws where the demand is refused. */
export function reservationOf (taken: Taken): Extract<Taken, { admitted: true }>['reservation'] {
  if (!taken.admitted) throw new Error(`refused by meter ${taken.over}`)
  return taken.reservation
}

/** How many of `times` equal demands at once are admitted. */
export async function admittedOf (store: CounterStore, times: number, asked: Demand): Promise<number> {
  const all = await Promise.all(Array.from({ length: times }, async () => await store.take(asked)))
  return all.filter(({ admitted }) => admitted).length
}
