import t from 'tap'
import { chat } from '../helpers/gateway.ts'
import { openScene, type Scene } from '../helpers/scene.ts'
import { completionStream, type Step } from '../helpers/upstream.ts'

const ask = { model: 'test-model', stream: true, messages: [{ role: 'user', content: 'hi' }] }

const policy = `package gateway.policy.test

permit contains {"id": "everyone", "endpoints": ["main"]}
`
const response = `package gateway.response.test

redact contains {"labels": ["pii.*"], "operator": "replace"}

block contains {"code": "secret_in_answer"} if {
  some label, _ in input.response.classification.labels
  startswith(label, "secret.")
}

block contains {"code": "tool_denied"} if {
  some tool in input.response.tools
  tool.name == "delete_all"
}
`
const files = { 'p.rego': policy, 'r.rego': response }

interface Latch { readonly until: Promise<void>, release (): void }

function latch (): Latch {
  let release = (): void => {}
  const until = new Promise<void>(resolve => { release = resolve })
  return { until, release }
}

/** The pieces of content as they arrive, each once it is there. */
class Arrivals {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #decoder = new TextDecoder()
  text = ''

  constructor (answer: Response) {
    if (answer.body === null) throw new Error('the answer has no body')
    this.#reader = answer.body.getReader()
  }

  /** Reads until the content so far matches. */
  async until (pattern: RegExp): Promise<string> {
    while (!pattern.test(this.content())) {
      const { done, value } = await this.#reader.read()
      if (done) throw new Error(`the stream ended at ${JSON.stringify(this.content())}`)
      this.text += this.#decoder.decode(value, { stream: true })
    }
    return this.content()
  }

  async rest (): Promise<string> {
    for (;;) {
      const { done, value } = await this.#reader.read()
      if (done) return this.text
      this.text += this.#decoder.decode(value, { stream: true })
    }
  }

  content (): string {
    return this.text.split('\n\n').filter(event => event.startsWith('data: {'))
      .map(event => (JSON.parse(event.slice(6)) as { choices?: Array<{ delta: { content?: string } }> }).choices?.[0]?.delta.content ?? '').join('')
  }
}

function held (step: Step, before: number, until: Promise<void>): Step {
  return step.kind === 'sse' ? { ...step, hold: { before, until } } : step
}

async function outcomeOf (scene: Scene, answer: Response): Promise<Record<string, unknown>> {
  for (let tries = 0; tries < 100; tries++) {
    const { outcome } = await scene.recorded(answer)
    if (outcome !== null) return outcome
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error('there is no outcome')
}

t.test('a stream', async t => {
  const scene = await openScene(t, { policy: files })

  t.test('arrives while the endpoint still works, each word once the next has come', async t => {
    const gate = latch()
    scene.upstream.play(held(completionStream(['Hello', ' there', ' friend']), 3, gate.until))
    const answer = await chat(scene.gateway, ask, { token: scene.token })
    const arrivals = new Arrivals(answer)
    t.equal(await arrivals.until(/Hello/), 'Hello')
    gate.release()
    t.match(await arrivals.rest(), /data: \[DONE\]\n\n$/)
    t.equal(arrivals.content(), 'Hello there friend')
    t.match(await outcomeOf(scene, answer), { end: 'ok', response: { decision: 'permit', mode: 'incremental', redactions: 0, hold_overflow: false } })
  })

  t.test('loses a value while it flows: none of it was ever sent', async t => {
    const gate = latch()
    scene.upstream.play(held(completionStream(['mail jane.r', 'oe@exam', 'ple.com', ' now', ' or', ' later', ' on', '.']), 8, gate.until))
    const answer = await chat(scene.gateway, ask, { token: scene.token })
    const arrivals = new Arrivals(answer)
    t.match(await arrivals.until(/\]/), /^mail \[EMAIL_ADDRESS\]/)
    gate.release()
    await arrivals.rest()
    t.equal(arrivals.content(), 'mail [EMAIL_ADDRESS] now or later on.')
    t.match(await outcomeOf(scene, answer), { end: 'ok', response: { decision: 'redact', redactions: 1 } })
  })

  t.test('that is blocked after it began ends there, in the protocol\'s own way, and the endpoint is cut off', async t => {
    const gate = latch()
    scene.upstream.play(held(completionStream(['Your key', ' is', ' AKIAQ3EG', 'RZ7VXLPWN2DC', ' ok', ' never seen']), 6, gate.until))
    const answer = await chat(scene.gateway, ask, { token: scene.token })
    const text = await new Arrivals(answer).rest()
    gate.release()
    t.equal(new Arrivals(new Response(text)).text, '')
    t.match(text, /"finish_reason":"content_filter"/)
    t.match(text, /data: \[DONE\]\n\n$/)
    t.match(text, /Your key/)
    t.notMatch(text, /AKIA|RZ7V|never/)
    t.match(await outcomeOf(scene, answer), { end: 'blocked', response: { decision: 'block', reasons: ['secret_in_answer'] } })
  })

  t.test('that calls a tool which is denied never shows the call whole', async t => {
    const call = (part: object): string => JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...part }] }, finish_reason: null }] })
    scene.upstream.play({ kind: 'sse', events: [call({ id: 'c', type: 'function', function: { name: 'delete_all', arguments: '' } }), call({ function: { arguments: '{"sure":' } }), call({ function: { arguments: 'true}' } }), JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }), '[DONE]'] })
    const answer = await chat(scene.gateway, ask, { token: scene.token })
    const text = await answer.text()
    t.notMatch(text, /true\}|"tool_calls","|finish_reason":"tool_calls/)
    t.match(text, /content_filter/)
    t.match(await outcomeOf(scene, answer), { end: 'blocked', response: { reasons: ['tool_denied'] } })
  })

  t.test('that the endpoint cuts ends in an error event, without its end, and is an upstream error', async t => {
    scene.upstream.play({ kind: 'sse', events: ['{"choices":[{"index":0,"delta":{"content":"half "}}]}', '{"choices":[{"index":0,"delta":{"content":"a "}}]}'] })
    const answer = await chat(scene.gateway, ask, { token: scene.token })
    const text = await answer.text()
    t.match(text, /data: \{"error":\{.*GW_UPSTREAM_BAD_RESPONSE/)
    t.notMatch(text, /DONE/)
    t.match(await outcomeOf(scene, answer), { end: 'upstream_error', response: { decision: 'permit' }, attempts: [{ error: 'GW_UPSTREAM_BAD_RESPONSE' }] })
  })
  t.match(await scene.verified(), { code: 0, open: [] })
})

t.test('a caller who leaves in the middle of a stream: the endpoint is cut off at once, and the outcome says so', async t => {
  const scene = await openScene(t, { policy: files })
  const gone = latch()
  scene.upstream.play(() => ({ ...held(completionStream(['Hello', ' there', ' friend']), 3, new Promise(() => {})) as Extract<Step, { kind: 'sse' }>, closed: () => { gone.release() } }))
  const controller = new AbortController()
  const answer = await chat(scene.gateway, ask, { token: scene.token, signal: controller.signal })
  await new Arrivals(answer).until(/Hello/)
  controller.abort()
  await gone.until // its answer has no end: nothing else would close it
  t.match(await outcomeOf(scene, answer), { end: 'client_gone', response: { decision: 'permit' } })
})
