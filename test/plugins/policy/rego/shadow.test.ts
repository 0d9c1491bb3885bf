import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { PolicyLoad } from '../../../../core/enforce/policy-standing.ts'
import { until } from './numbered.ts'
import { folderWith, gateway, openStage, permitAll, rules } from './parts.ts'

t.test('a candidate decides beside the policy in force: differences are counted and told, nothing follows it', async t => {
  const compared: string[] = []
  const reports: unknown[] = []
  const folder = folderWith(t, {
    'candidate/p.rego': rules(`permit contains {"id": "eu", "endpoints": ["eu"]} if input.subject.tenant == "acme"

permit contains {"id": "all", "endpoints": ["eu", "us"]} if input.subject.tenant == "same"
`)
  })
  const stage = await openStage(t, { 'p.rego': rules(permitAll) }, { shadow: { dir: join(folder, 'candidate') } }, gateway, {
    compared: difference => { compared.push(difference) },
    reported: async report => { reports.push(report) }
  })
  const { principal } = stage.view
  for (const [tenant, difference] of [['acme', 'endpoints'], ['same', 'same'], ['other', 'stricter']] as const) {
    const { decision } = await stage.decide({ principal: { ...principal, tenant } })
    t.same(decision?.endpoints, ['eu', 'us'], 'the policy in force decides')
    await until(() => compared.includes(difference), difference)
  }
  await stage.close()
  t.match(reports, [{ live: /^dir@/, candidate: /^dir@/, counts: { endpoints: 1, same: 1, stricter: 1 }, decisions: [{ id: 'r-1', difference: 'endpoints' }, { id: 'r-1', difference: 'stricter' }] }])
})

t.test('a candidate that cannot be loaded, or fails, changes nothing for those who ask', async t => {
  const loads: PolicyLoad[] = []
  const compared: string[] = []
  const folder = folderWith(t, { 'broken/p.rego': 'package', 'failing/p.rego': rules('permit contains rule if rule := {"id": input.subject.id}\n') })
  for (const [name, expected] of [['broken', []], ['failing', ['error']]] as const) {
    const stage = await openStage(t, { 'p.rego': rules(permitAll) }, { shadow: { dir: join(folder, name) } }, gateway, { loaded: async load => { loads.push(load) }, compared: difference => { compared.push(difference) } })
    t.match(await stage.decide(), { permitted: true })
    await until(() => compared.length === expected.length, name)
    t.same(compared, expected)
    await stage.close()
  }
  t.match(loads.filter(({ shadow }) => shadow), [{ accepted: false }, { accepted: true }])
  rmSync(folder, { recursive: true, force: true })
})
