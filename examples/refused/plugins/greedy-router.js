/** Declares to read what no router may: the validator refuses the pipeline, whatever `run` would do. */
export default {
  name: 'route.greedy',
  version: '1.0.0',
  phase: 'route',
  reads: ['permit', 'receipt', 'prompt'],
  provides: ['endpoint'],
  configSchema: { type: 'object', additionalProperties: false },
  setup: () => { throw new Error('it is never set up') }
}
