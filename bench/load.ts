/** Load: a closed loop for saturation, an open loop for latency. */
import { Agent, request } from 'undici'

export interface Slice { readonly perSecond: number, readonly failed: number }

export interface LoadOptions {
  readonly token: string
  readonly seconds: number
  readonly body: string
}

/** A chat request whose prompt has about `bytes` bytes of plain prose. */
export function chatBody (bytes: number): string {
  const prose = 'Please summarise the following notes of our weekly planning meeting in three short sentences. '
  return JSON.stringify({ model: 'bench-model', messages: [{ role: 'user', content: prose.repeat(Math.ceil(bytes / prose.length)).slice(0, bytes) }] })
}

async function ask (agent: Agent, url: string, { token, body }: LoadOptions): Promise<boolean> {
  const answer = await request(`${url}/v1/chat/completions`, {
    dispatcher: agent, method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body
  })
  await answer.body.dump()
  return answer.statusCode === 200
}

/** Closed loop: each connection asks again as soon as it was answered. */
export async function load (url: string, options: LoadOptions & { readonly connections: number }): Promise<Slice> {
  const agent = new Agent({ connections: options.connections, pipelining: 1 })
  const startedMs = performance.now()
  const untilMs = startedMs + options.seconds * 1000
  let answered = 0
  let failed = 0
  await Promise.all(Array.from({ length: options.connections }, async () => {
    while (performance.now() < untilMs) {
      if (await ask(agent, url, options)) answered++
      else failed++
    }
  }))
  const seconds = (performance.now() - startedMs) / 1000
  await agent.close()
  return { perSecond: answered / seconds, failed }
}

/** Open loop at a fixed rate; the median time from when a request was due to the end of its answer, in milliseconds. */
export async function steady (url: string, options: LoadOptions & { readonly perSecond: number }): Promise<number> {
  const agent = new Agent({ connections: 64, pipelining: 1 })
  const times: number[] = []
  const startedMs = performance.now()
  const asked: Array<Promise<void>> = []
  const total = options.perSecond * options.seconds
  for (let index = 0; index < total; index++) {
    const dueMs = startedMs + index * 1000 / options.perSecond
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await new Promise(resolve => setTimeout(resolve, waitMs))
    const fromMs = performance.now()
    asked.push(ask(agent, url, options).then(() => { times.push(performance.now() - fromMs) }))
  }
  await Promise.all(asked)
  await agent.close()
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
}
