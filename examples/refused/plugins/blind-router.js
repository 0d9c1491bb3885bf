/** Declares less than a router must read: it could be placed where no record stands yet. */
export default {
  name: 'route.blind',
  version: '1.0.0',
  phase: 'route',
  reads: ['permit'],
  provides: ['endpoint'],
  configSchema: { type: 'object', additionalProperties: false },
  setup: () => { throw new Error('it is never set up') }
}
