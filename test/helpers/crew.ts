/** A gateway of two workers, as a process with children. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeConfiguration } from './configuration.ts'
import { temporaryFolder, type Teardown } from './folder.ts'
import { chat, startChild, type ChildGateway } from './gateway.ts'
import { createIssuer } from './issuer.ts'
import { startUpstream, type Upstream } from './upstream.ts'

export interface Crew { readonly gateway: ChildGateway, readonly upstream: Upstream, readonly token: string, readonly data: string, readonly configuration: string }

export async function openCrew (t: Teardown, quota: object | null = null, extra: object = {}): Promise<Crew> {
  const issuer = await createIssuer()
  const upstream = await startUpstream(t)
  const folder = temporaryFolder(t)
  const configuration = writeConfiguration(folder, {
    issuer,
    endpoints: { main: { provider: 'openai', url: upstream.url, health: { consecutive_failures: 2, cool_down: '2s', longest_cool_down: '2s' }, timeout: { idle: '5m' } } },
    extra: { workers: 2, ...extra },
    stages: ([identity, ...rest]) => quota === null ? [identity, ...rest] : [identity, { plugin: 'limit.quota', config: quota }, ...rest]
  })
  return { gateway: await startChild(t, configuration), upstream, token: await issuer.sign(), data: join(folder, 'data'), configuration }
}

/** A request on a connection of its own, so that the workers take turns. */
export async function ask (crew: Crew, model = 'test-model'): Promise<Response> {
  return await chat(crew.gateway, { model, messages: [{ role: 'user', content: 'hi' }] }, { token: crew.token, headers: { connection: 'close' } })
}

function childrenOf (pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap(task => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(text => text !== '').map(Number))
}

export function workersOf ({ gateway }: Crew): number[] {
  return childrenOf(gateway.child.pid ?? 0).filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('workers/worker'))
}
