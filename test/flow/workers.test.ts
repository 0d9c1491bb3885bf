/** `workers: N`: several processes, one audit writer, one log, one count. */
import t from 'tap'
import { readFileSync, writeFileSync } from 'node:fs'
import { ask, openCrew, workersOf } from '../helpers/crew.ts'
import { chat, records, verify } from '../helpers/gateway.ts'
import { completion } from '../helpers/upstream.ts'

t.test('two workers', async t => {
  const crew = await openCrew(t, { per: ['tenant'], requests_per_minute: 500, concurrent: 30 })

  await t.test('serve, and count one quota', async t => {
    t.equal(workersOf(crew).length, 2)
    let refused = 0
    let open = (): void => {}
    crew.upstream.play({ kind: 'wait', until: new Promise<void>(resolve => { open = resolve }), then: completion('x') })
    const answers = await Promise.all(Array.from({ length: 40 }, async () => {
      const answer = await ask(crew)
      if (answer.status === 429 && ++refused === 10) open() // until then all places are held
      return answer
    }))
    await Promise.all(answers.map(async answer => await answer.text()))
    t.equal(answers.filter(({ status }) => status === 200).length, 30, 'thirty at once, whichever worker is asked')
    t.equal(answers.filter(({ status }) => status === 429).length, 10)
    t.equal(crew.upstream.requests.length, 30)
    const metrics = await (await fetch(`${crew.gateway.adminAddress}/metrics`)).text()
    t.match(metrics, 'sallyport_attempts_total{endpoint="main",result="ok",reason="primary"} 30', 'the metrics of all workers together')
    t.match(metrics, 'sallyport_audit_ready 1')
    t.equal(Object.keys(await (await fetch(`${crew.gateway.adminAddress}/endpoints`)).json() as object).length, 2)
    t.match(await (await fetch(`${crew.gateway.adminAddress}/route?model=test-model`)).json(), { endpoints: [{ endpoint: 'main', rank: 1 }] })
    t.match(await (await fetch(`${crew.gateway.adminAddress}/route?model=other`)).json(), { error: 'there is no model other' })
  })

  await t.test('what one finds failing the others hold suspect', async t => {
    crew.upstream.play({ kind: 'json', status: 500, body: {} })
    const states = async (): Promise<Array<Record<string, unknown>>> => {
      const byWorker = await (await fetch(`${crew.gateway.adminAddress}/endpoints`)).json() as Record<string, { main?: Record<string, unknown> }>
      return Object.values(byWorker).flatMap(({ main }): Array<Record<string, unknown>> => main === undefined ? [] : [main]) // one that is slow to answer is not told of
    }
    while ((await states()).every(({ suspect_for_ms: ms }) => ms === 0)) await (await ask(crew)).text()
    t.ok((await states()).some(({ circuit }) => circuit !== 'closed'))
    crew.upstream.play(completion('well again'))
    while ((await states()).some(({ suspect_for_ms: ms, circuit }) => ms !== 0 || circuit !== 'closed')) await (await ask(crew)).text()
  })

  await t.test('a reload is applied by all or by none, without a dropped stream', async t => {
    let release = (): void => {}
    const held = new Promise<void>(resolve => { release = resolve })
    const chunk = (content: string): string => JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1700000000, model: 'test-model', choices: [{ index: 0, delta: { content }, finish_reason: content === '' ? 'stop' : null }] })
    crew.upstream.play({ kind: 'sse', events: [chunk('first words '), chunk('last words'), chunk(''), '[DONE]'], hold: { before: 1, until: held } })
    const seen = crew.upstream.requests.length
    const stream = chat(crew.gateway, { model: 'test-model', stream: true, messages: [{ role: 'user', content: 'hi' }] }, { token: crew.token })
    await crew.upstream.request(seen)
    const document = JSON.parse(readFileSync(crew.configuration, 'utf8')) as { models: Record<string, unknown> }
    writeFileSync(crew.configuration, JSON.stringify({ ...document, unknown: true }))
    crew.gateway.child.kill('SIGHUP')
    while (!crew.gateway.stderr().includes('keeps its configuration')) await new Promise(resolve => setTimeout(resolve, 20))
    document.models['second-model'] = { endpoints: ['main'] }
    writeFileSync(crew.configuration, JSON.stringify(document))
    crew.gateway.child.kill('SIGHUP')
    while (!crew.gateway.stderr().includes('reloaded its configuration')) await new Promise(resolve => setTimeout(resolve, 20))
    crew.upstream.play(completion('new'))
    const statuses = await Promise.all(Array.from({ length: 6 }, async () => (await ask(crew, 'second-model')).status))
    t.same(statuses, [200, 200, 200, 200, 200, 200], 'every worker knows the new model')
    release()
    t.match(await (await stream).text(), /first words[^]*last words[^]*\[DONE\]/)
  })

  await t.test('one that is killed gets a successor, which serves what was reloaded', async () => {
    crew.upstream.play({ kind: 'stall', after: 'request' })
    const seen = crew.upstream.requests.length
    let isCut = false
    const cut = ask(crew).then(async answer => await answer.text(), () => {}).then(() => { isCut = true })
    await crew.upstream.request(seen)
    const killed: number[] = []
    for (const pid of workersOf(crew)) {
      if (isCut) continue
      killed.push(pid)
      process.kill(pid, 'SIGKILL') // the one that holds the request, whichever it is
      await Promise.race([cut, new Promise(resolve => setTimeout(resolve, 500))])
    }
    await cut
    crew.upstream.play(completion('after'))
    while (workersOf(crew).filter(pid => !killed.includes(pid)).length < 2 || await ask(crew, 'second-model').then(({ status }) => status, () => 0) !== 200) await new Promise(resolve => setTimeout(resolve, 50))
  })

  await t.test('SIGTERM drains: a request under way is answered, then all end; one log verifies', async t => {
    crew.upstream.play({ kind: 'wait', until: new Promise(resolve => setTimeout(resolve, 300)), then: completion('late') })
    const seen = crew.upstream.requests.length
    const late = ask(crew)
    await crew.upstream.request(seen)
    const pids = workersOf(crew)
    crew.gateway.child.kill('SIGTERM')
    t.equal((await late).status, 200)
    t.same(await crew.gateway.exited, { code: 0, signal: null })
    for (const pid of pids) t.throws(() => process.kill(pid, 0), `worker ${pid} has ended`)
    const shown = await records(crew.data)
    const permits = shown.filter(({ body }) => body.kind === 'decision' && body['decision'] !== 'deny')
    const outcomes = shown.filter(({ body }) => body.kind === 'outcome')
    t.equal(outcomes.length, permits.length)
    t.equal(outcomes.filter(({ body }) => body['end'] === 'crash_unknown').length, 1, 'the request of the worker that was killed')
    t.same(shown.filter(({ body }) => body.kind === 'system' && body['event'] === 'configuration').map(({ body }) => [body['accepted'], body['reason']]), [[true, 'start'], [false, 'reload'], [true, 'reload']])
    t.match(await verify(crew.configuration, crew.data), { code: 0, open: [], violations: [] })
  })
})
