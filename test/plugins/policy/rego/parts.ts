/** A policy stage with an authority of its own, and what it looks at. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { createDecisionAuthority } from '../../../../core/enforce/authority.ts'
import type { Decision } from '../../../../core/enforce/decision.ts'
import type { PolicyEvents } from '../../../../core/enforce/policy-standing.ts'
import type { GatewayError } from '../../../../core/errors.ts'
import type { PhaseHosts, PolicyData } from '../../../../core/pipeline/plugin.ts'
import type { PolicyView } from '../../../../plugins/policy/rego/input.ts'
import plugin from '../../../../plugins/policy/rego/index.ts'
import { writeFiles } from '../../../helpers/folder.ts'

export const taxonomy = ['public', 'internal', 'confidential', 'restricted']

export const gateway: PolicyData = {
  endpoints: { eu: { labels: { region: 'eu' } }, us: { labels: { region: 'us' } } },
  models: { assistant: { family: null, endpoints: ['eu', 'us'] } },
  tenants: null,
  routes: {},
  taxonomy: { levels: taxonomy }
}

export const permitAll = 'permit contains {"id": "everyone", "endpoints": ["eu", "us"]}\n'

/** Rules in package `gateway.policy.test`. */
export function rules (text: string): string {
  return `package gateway.policy.test\n\n${text}`
}

interface Teardown { teardown (work: () => Promise<void> | void): unknown }

/** A folder that goes with the test. */
export function folderWith (t: Teardown, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'policy-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  writeFiles(folder, files)
  return folder
}

export interface Answered {
  readonly decision: Decision | null
  readonly permitted: boolean
  readonly error: GatewayError | null
}

export interface OpenStage {
  readonly folder: string
  readonly view: PolicyView
  /** Decides and settles. */
  decide (change?: Partial<PolicyView>): Promise<Answered>
  /** Decides; `settle` ends the request. */
  begin (): Promise<Answered & { settle (): void }>
  readonly close: () => Promise<void>
}

/**
 * Sets the plugin up over a folder of these files.
 * @param events what the plugin tells of its policy
 * @param folder in the place of one of these files
 */
export async function openStage (t: Teardown, files: Readonly<Record<string, string>>, config: Readonly<Record<string, unknown>> = {}, data: PolicyData = gateway, events: Partial<PolicyEvents> = {}, folder: string = folderWith(t, files)): Promise<OpenStage> {
  const host: PhaseHosts['policy'] = {
    log: pino({ enabled: false }),
    folder,
    data: folder,
    taxonomy,
    closing: new AbortController().signal,
    authority: createDecisionAuthority({ endpoints: new Set(Object.keys(data.endpoints)), taxonomy }),
    policyData: data,
    events: { loaded: async () => {}, stands: () => {}, compared: () => {}, reported: async () => {}, ...events }
  }
  const source = 'bundle' in config ? {} : { dir: '.' }
  const stage = await plugin.setup({ ...source, workers: 1, deadline: '250ms', ...config } as never, host)
  const close = async (): Promise<void> => { await stage.close?.() }
  t.teardown(close)
  let number = 0
  const begin = async (change: Partial<PolicyView> = {}): Promise<Answered & { settle (): void }> => {
    const asked = { ...view, ...change }
    const result = await stage.run(asked, new AbortController().signal)
    return {
      decision: result.facts?.decision ?? null,
      permitted: result.kind === 'continue' && result.facts.permit !== undefined,
      error: result.kind === 'halt' ? result.error : null,
      settle: () => { Promise.resolve(stage.settle?.(asked, settled)).catch(() => {}) }
    }
  }
  return {
    folder,
    view,
    close,
    begin: async () => await begin({ request: { ...view.request, id: `r-${++number}` } }),
    decide: async change => {
      const { settle, ...answered } = await begin(change)
      settle()
      return answered
    }
  }
}

const settled = { decision: 'permit', end: 'ok', attempts: [], usage: null, costMicros: null } as const

export const view: PolicyView = {
  principal: {
    type: 'user',
    issuer: 'https://idp.example',
    subject: 'u-17',
    tenant: 'acme',
    roles: ['nurse', 'clinician'],
    role: 'clinician',
    groups: ['b', 'a'],
    method: 'jwt',
    assurance: null,
    expiresMs: 1795400300000,
    actors: [{ issuer: 'https://idp.example', id: 'z' }, { issuer: 'https://idp.example', id: 'a' }],
    confirmation: null
  },
  classification: {
    tag: 'internal',
    rank: 1,
    complete: true,
    labels: { 'pii.email_address': { count: 1, distinct: 1, maxConfidence: 950 } },
    findings: [{ label: 'pii.email_address', path: '/messages/*/content', count: 1 }],
    unscanned: [],
    taxonomy: 'sha256:',
    detectors: 'sha256:',
    external: []
  },
  request: {
    id: 'r-1',
    route: '/v1/chat/completions',
    protocol: 'openai.chat',
    model: 'assistant',
    stream: false,
    tools: ['search', 'add'],
    toolCount: 2,
    messageCount: 3,
    contentBytes: 812,
    tokenEstimate: 210,
    maxOutputTokens: null,
    outputFormat: 'text',
    workload: 'chat',
    serverSide: [],
    unscanned: [],
    receivedMs: 1795400000000,
    reason: null,
    action: 'chat',
    resource: { type: 'model', id: 'assistant', family: null },
    candidates: ['eu', 'us'],
    region: 'eu',
    trace: null
  },
  quota: [{ per: ['tenant'], unit: 'tokens', limit: 100000, used: 2300, remaining: 97700, resetMs: 42000 }]
}
