/** Marks the code names of unannounced projects, so that the policy can keep them inside. */
import { createHash } from 'node:crypto'
import { definePlugin, proceed } from 'sallyport/plugin'

export default definePlugin({
  name: 'classify.code_names',
  version: '1.0.0',
  phase: 'classify',
  reads: ['prompt'],
  provides: ['classification'],
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['names'],
    properties: {
      names: { type: 'array', items: { type: 'string', pattern: '^\\w+$' }, minItems: 1, description: 'The code names, in any case.' }
    }
  },
  setup ({ names }, host) {
    const pattern = new RegExp(`\\b(?:${names.join('|')})\\b`, 'giu')
    const detectors = `sha256:${createHash('sha256').update(pattern.source).digest('hex')}`
    const [lowest = ''] = host.taxonomy
    const highest = host.taxonomy.at(-1) ?? ''
    const scan = (text) => [...text.matchAll(pattern)].map((match) => ({
      label: 'project.code_name', detector: 'classify.code_names', confidence: 1000, start: match.index, end: match.index + match[0].length
    }))
    const tag = (findings) => findings.length > 0 ? highest : lowest
    return {
      scan,
      tag,
      run ({ prompt }) {
        const findings = prompt.leaves.flatMap((leaf, index) => scan(leaf.text).map((finding) => ({ ...finding, leaf: index })))
        return proceed({ classification: { findings, tag: tag(findings), detectors } })
      }
    }
  }
})
