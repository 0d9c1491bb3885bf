/** Policies that say their number, so that one can tell which of them decided. */
import { generateKeyPairSync } from 'node:crypto'
import { buildPolicy } from '../../../../rego/build.ts'
import { packPolicy } from '../../../../rego/bundle/pack.ts'
import type { SigningKey } from '../../../../rego/bundle/signature.ts'
import { assemble, type BuiltPolicy } from '../../../../rego/policy.ts'
import { folderWith, gateway, permitAll, rules, type OpenStage } from './parts.ts'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const signing: SigningKey = { text: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), algorithm: 'ES256', keyId: 'k', scope: '' }
export const publicText = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()

/** A policy that says its number in every decision and every judgement. */
export const numbered = rules(`${permitAll}
oblige contains {"id": "number", "type": "mark", "number": data.number}
`)
const judging = 'package gateway.response.test\n\noblige contains {"id": "number", "type": "mark", "number": data.number}\n'

/** Makes bundles of revision `v<number>`, signed where a key is given. */
export async function bundles (t: Parameters<typeof folderWith>[0]): Promise<(number: number, key?: SigningKey | null) => Promise<Uint8Array>> {
  const { policy } = await buildPolicy({ dir: folderWith(t, { 'p.rego': numbered, 'r.rego': judging, 'data.json': '{"number":0}' }), gateway })
  if (policy === null) throw new Error('the policy does not build')
  const base: BuiltPolicy = policy
  return async (number, key = null) => await packPolicy(assemble(base, { number }, gateway, `v${number}`), key)
}

/** The number of the policy that decides now, or the code of its refusal. */
export async function numberOf (stage: OpenStage): Promise<unknown> {
  const { decision, error } = await stage.decide()
  return decision?.obligations[0]?.parameters['number'] ?? error?.code
}

/** Throws Error where it does not come true in ten seconds. */
export async function until (condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const started = performance.now()
  while (!await condition()) {
    if (performance.now() - started > 10_000) throw new Error(`${what}: not within 10 s`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
