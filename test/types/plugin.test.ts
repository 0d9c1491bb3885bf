/** What must not compile: each expectation fails the build as soon as the line below it would be accepted. */
import t from 'tap'
import { definePlugin, proceed } from '../../core/pipeline/plugin.ts'
import type { Permit } from '../../core/enforce/permit.ts'
import type { Receipt } from '../../core/audit/receipt.ts'

const open = { type: 'object', additionalProperties: false }

const classify = definePlugin({
  name: 'classify.typed',
  version: '1.0.0',
  phase: 'classify',
  reads: ['prompt'],
  provides: ['classification'],
  configSchema: open,
  setup: () => ({
    run: view => {
      // @ts-expect-error a classify stage that did not declare it cannot see the principal
      const principal: unknown = view.principal
      return proceed({ classification: { findings: [], tag: String(principal), detectors: '' } })
    }
  })
})

const route = definePlugin({
  name: 'route.typed',
  version: '1.0.0',
  phase: 'route',
  // @ts-expect-error a router cannot declare the prompt
  reads: ['permit', 'receipt', 'prompt'],
  provides: ['endpoint'],
  configSchema: open,
  setup: () => ({ run: () => proceed({ endpoint: { id: 'x', reason: 'primary' } }) })
})

const response = definePlugin({
  name: 'response.typed',
  version: '1.0.0',
  phase: 'response',
  reads: ['decision', 'answer'],
  // @ts-expect-error a response stage cannot give a permit
  provides: ['permit'],
  configSchema: open,
  setup: () => ({ run: () => { throw new Error('it is never run') } })
})

const misplaced = definePlugin({
  // @ts-expect-error a name begins with its phase
  name: 'policy.typed',
  version: '1.0.0',
  phase: 'limit',
  reads: ['principal'],
  provides: ['quota'],
  configSchema: open,
  setup: () => ({ run: () => proceed({ quota: [] }) })
})

// @ts-expect-error a permit is a class of its own making: an object in its shape is none
const permit: Permit = { decisionId: '', tag: '', endpoints: [], policyVersion: '' }

// @ts-expect-error a receipt neither
const receipt: Receipt = { decisionId: '', index: 0 }

t.test('what may not be written does not compile', async t => {
  t.ok([classify, route, response, misplaced].every(plugin => Object.isFrozen(plugin)))
  t.ok([permit, receipt].length === 2)
})
