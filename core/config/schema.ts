/**
 * The JSON Schema of the configuration file. docs/configuration.md is generated from it: every field is described.
 * Unions are written as `type: [a, b]`, so that a fault names one cause.
 */
import type { JsonSchema } from '../pipeline/plugin.ts'
import { durationPattern } from './duration.ts'
import { encodings } from '../tokens/encoding.ts'
import { ratePattern, sizePattern } from './quantities.ts'

type Fields = Readonly<Record<string, JsonSchema>>

/** An object that takes these keys and no others. */
function closed (description: string, properties: Fields, required: readonly string[] = [], more: JsonSchema = {}): JsonSchema {
  return { type: 'object', additionalProperties: false, description, properties, required, ...more }
}

/** An object whose keys are names. */
function named (description: string, of: JsonSchema, name = namePattern): JsonSchema {
  return { type: 'object', description, propertyNames: { pattern: name }, additionalProperties: of }
}

const namePattern = '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$'
const headerPattern = '^[a-z0-9][a-z0-9-]{0,63}$'
const text = (description: string, more: JsonSchema = {}): JsonSchema => ({ type: 'string', minLength: 1, description, ...more })
const texts = (description: string, more: JsonSchema = {}): JsonSchema => ({ type: 'array', items: { type: 'string', minLength: 1 }, uniqueItems: true, description, ...more })
const flag = (description: string, fallback: boolean): JsonSchema => ({ type: 'boolean', default: fallback, description })
const duration = (description: string, fallback: string): JsonSchema => ({ type: 'string', pattern: durationPattern, default: fallback, description })
const size = (description: string, more: JsonSchema = {}): JsonSchema => ({ type: 'string', pattern: sizePattern, description, ...more })
const rate = (description: string, fallback: string): JsonSchema => ({ type: 'string', pattern: ratePattern, default: fallback, description })
const count = (description: string): JsonSchema => ({ type: ['integer', 'null'], minimum: 1, default: null, description })
const dollars = (description: string): JsonSchema => ({ type: 'number', minimum: 0, description })

const reference: Fields = {
  env: text('Name of the environment variable that holds it.'),
  file: text('File that holds it; a line break at its end is dropped.')
}
const one = { minProperties: 1, maxProperties: 1 }
const secret = (description: string): JsonSchema => closed(`${description} A reference: \`{ env: NAME }\` or \`{ file: PATH }\`.`, reference, [], one)
const pem = (description: string): JsonSchema => ({
  type: ['string', 'object'],
  description: `${description} A path, \`{ file: PATH }\` or \`{ env: NAME }\`.`,
  properties: reference,
  additionalProperties: false,
  ...one
})

const addressPattern = '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$'
const address = (description: string): JsonSchema => text(description, { pattern: addressPattern })

const serverTls: Fields = { certificate: pem('Certificate chain, PEM.'), key: pem('Private key, PEM.') }

const listen: JsonSchema = {
  type: ['string', 'object'],
  pattern: addressPattern,
  description: 'Where callers reach the gateway: `host:port`, or an object.',
  additionalProperties: false,
  properties: {
    address: address('`host:port`; port 0 takes a free one.'),
    unix: text('Path of a Unix socket, in place of `address`.'),
    tls: closed('TLS of this listener; without it plain HTTP.', {
      ...serverTls,
      client_authorities: pem('Authorities of client certificates, PEM.'),
      client_certificate: { enum: ['none', 'optional', 'required'], default: 'none', description: 'Whether callers may, or must, present a certificate.' }
    }, ['certificate', 'key']),
    trusted_peers: {
      type: 'array',
      uniqueItems: true,
      minItems: 1,
      items: { type: ['integer', 'string'], minimum: 0, pattern: '^([sS][hH][aA]256:)?([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$' },
      description: 'Proxies in front that may hand the caller\'s certificate on: with `unix` the one user id to which the socket belongs, with `tls` SHA-256 fingerprints of their own client certificates. `unidentified.per_peer` does not count them.'
    },
    client_certificate_header: text('The header in which they hand it on, in the form of RFC 9440 (`Client-Cert`); from anybody else it is refused.', { pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,63}$' })
  }
}

const admin: JsonSchema = {
  type: ['string', 'object'],
  pattern: addressPattern,
  description: 'Liveness, readiness, metrics, proofs and reload: `host:port`, or an object. Left out: no admin listener.',
  additionalProperties: false,
  required: ['address'],
  properties: {
    address: address('`host:port`; port 0 takes a free one.'),
    tls: closed('TLS of this listener.', serverTls, ['certificate', 'key']),
    token: secret('Bearer token for calls that change something, and for all but liveness and readiness beyond loopback.')
  }
}

const share = (description: string, fallback: number): JsonSchema => ({ type: 'number', minimum: 0, maximum: 1, default: fallback, description })
const countFrom = (least: number, description: string, fallback: number): JsonSchema => ({ type: 'integer', minimum: least, maximum: 1_000_000, default: fallback, description })

const health = closed('How its state is found out, and what follows.', {
  consecutive_failures: countFrom(1, 'Failures in a row after which it counts as failing.', 3),
  failure_rate: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.5, description: 'Share of failures within `window` after which it counts as failing.' },
  window: duration('Over which `failure_rate` is taken.', '30s'),
  least_requests: countFrom(1, 'Requests within `window` below which `failure_rate` says nothing.', 20),
  slow: { type: ['string', 'null'], pattern: durationPattern, default: null, description: 'A head of an answer that takes longer counts as a failure.' },
  cool_down: duration('How long a failing endpoint gets no requests; then one tries it. Each time in a row it is twice as long.', '10s'),
  longest_cool_down: duration('At most.', '2m'),
  retry_budget: share('Retries for each request; beyond it, it is not dialled again.', 0.2),
  probe: closed('Asks it without a request of a caller: below 400, or 401, 403, 404 and 405, is an answer.', {
    path: text('Appended to its URL.', { pattern: '^/[A-Za-z0-9._~/-]{0,200}$' }),
    interval: duration('Between two.', '10s'),
    timeout: duration('For an answer.', '2s')
  }, ['path'])
})

const endpoint = closed('Where a request may go. The labels are facts that policies read.', {
  provider: text('How it is addressed: the name of a provider.'),
  url: text('Base URL: https, or http on loopback.'),
  model: text('The name it knows the model by; left out: the name the caller used.'),
  auth: closed('Its credential: one of three forms.', {
    bearer: secret('Sent as `Authorization: Bearer`.'),
    header: closed('Sent as a header.', { name: text('Header name, lower case.', { pattern: headerPattern }), value: secret('Its value.') }, ['name', 'value']),
    basic: closed('Sent as `Authorization: Basic`.', { user: text('User name.'), password: secret('Password.') }, ['user', 'password'])
  }, [], one),
  labels: { type: 'object', description: 'Facts for policies: text, integer or boolean by name.', propertyNames: { pattern: '^[a-z][a-z0-9_]{0,63}$' }, additionalProperties: { type: ['string', 'integer', 'boolean'] } },
  price: closed('US dollars per million tokens.', { input: dollars('Of input.'), output: dollars('Of output.') }, ['input', 'output']),
  context: count('Tokens it can take; a longer prompt is not sent there.'),
  limit: closed('What it takes at most. A fact for routing.', {
    requests_per_minute: count('Requests in any minute.'),
    tokens_per_minute: count('Tokens in any minute.'),
    concurrent: count('Requests at once.')
  }),
  timeout: closed('How long to wait for it.', {
    connect: duration('For a connection.', '2s'),
    first_token: duration('For the head of its answer.', '20s'),
    idle: duration('Between two parts of its answer.', '15s'),
    total: duration('For the whole answer.', '10m')
  }),
  health,
  features: texts('Values of beta headers that may pass to it.', { default: [] }),
  forward_headers: { ...texts('http routes: headers of the caller that are read, judged and sent on. Lower case.', { default: [] }), items: { type: 'string', pattern: headerPattern } },
  allow_plaintext: flag('Accept a plain http URL beyond loopback.', false)
}, ['provider', 'url'])

const strategy: JsonSchema = {
  enum: ['ordered', 'weighted', 'lowest_latency', 'lowest_cost', 'least_busy', 'sticky'],
  default: 'ordered',
  description: 'How to choose among them. `lowest_latency` takes the faster of two chosen by chance; `sticky` keeps a subject at one endpoint while it is up.'
}
const percent = (description: string): JsonSchema => ({ type: 'number', minimum: 0, maximum: 100, description })
const workloads = ['chat', 'embedding', 'tool_use', 'structured_output', 'long_context', 'batch']

const model = closed('A model and where it may be had.', {
  family: text('The family it belongs to; callers may ask for a family too, and get its first member that can serve them.'),
  aliases: texts('Other names that callers may use for it.', { default: [] }),
  endpoints: texts('Endpoint ids, in fallback order.', { minItems: 1 }),
  tokenizer: {
    enum: ['auto', 'none', ...encodings],
    default: 'auto',
    description: 'By which input tokens are estimated for quotas, endpoint limits, budgets and context windows: `auto` finds that of OpenAI\'s models by name; `none` takes four bytes for a token, as for all models that have no public one.'
  },
  strategy,
  weights: { ...named('`weighted`: shares by endpoint; one that is not named weighs 1.', { type: 'number', minimum: 0, maximum: 1_000_000 }), minProperties: 1 },
  canary: closed('An endpoint that comes first for a share of requests, and last for the others.', { endpoint: text('One of `endpoints`.'), percent: percent('Of requests.') }, ['endpoint', 'percent']),
  mirror: closed('Endpoints that get a copy too, as far as the permit covers them. Their answers are thrown away; each is on record.', {
    endpoints: texts('Some of `endpoints`.', { minItems: 1 }),
    percent: { ...percent('Of requests.'), default: 100 }
  }, ['endpoints']),
  hedge: closed('Asks a second endpoint too where the first says nothing; the first answer wins.', { after: duration('How long to wait for the first.', '2s') }, ['after']),
  retries: { type: 'integer', minimum: 0, maximum: 5, default: 0, description: 'How often one request may dial an endpoint again that did not answer, once no other is left. One that answered is never sent the request again.' },
  fallback_on: {
    type: 'array',
    items: { enum: ['unreachable', 'timeout', 'rate_limited', 'server_error', 'refused', 'bad_response', 'context_length', 'content_filter'] },
    uniqueItems: true,
    default: ['unreachable', 'timeout', 'rate_limited', 'server_error', 'refused', 'bad_response', 'context_length'],
    description: 'Causes for which another endpoint is tried. `content_filter` is not among them unless it is named.'
  },
  most_ejected: share('Share of the endpoints that may be left out as failing at once; beyond it the first to come back counts as up.', 0.5),
  workloads: {
    type: 'object',
    description: 'For a class of requests another order, or another strategy.',
    propertyNames: { enum: workloads },
    additionalProperties: closed('One class.', { endpoints: texts('Some of `endpoints`, those that are preferred first; the others follow.', { minItems: 1 }), strategy })
  }
}, ['endpoints'])

const workloadRule = closed('All that is given must hold.', {
  workload: { enum: workloads, description: 'The class.' },
  model: text('The model asked for.'),
  route: text('Path of the route.'),
  stream: { type: 'boolean', description: 'Whether a stream is asked for.' },
  tools: { type: 'boolean', description: 'Whether tools are offered.' },
  output_format: { enum: ['text', 'json_object', 'json_schema'], description: 'The format asked for.' },
  least_tokens: { type: 'integer', minimum: 0, description: 'Input tokens at least, by estimate.' },
  most_tokens: { type: 'integer', minimum: 0, description: 'Input tokens at most, by estimate.' }
}, ['workload'])

const stageFields: Fields = {
  plugin: text('Name of the plugin, such as `identity.jwt`.'),
  config: { type: 'object', description: 'What that plugin takes: see its own table.' },
  optional: flag('Its failure is recorded and passed over. Such a stage never counts as a provider.', false)
}

const entry = closed('A stage, or a choice of identity stages.', {
  ...stageFields,
  any: { type: 'array', minItems: 1, items: closed('A branch.', stageFields, ['plugin']), description: 'A choice of identity stages, by kind of credential.' }
}, [], { oneOf: [{ required: ['plugin'] }, { required: ['any'] }] })

const route = closed('Which requests take which pipeline.', {
  path: text('Path of the requests: exact, or with a final `/*`.', { pattern: '^/(?:[A-Za-z0-9._~-]+/)*(?:[A-Za-z0-9._~-]+|\\*)?$' }),
  protocol: text('How callers speak on it.'),
  pipeline: text('The pipeline that its requests take.'),
  endpoint: text('Protocols without models (`http`): the endpoint.'),
  strip_prefix: flag('Protocols without models: drop the route\'s own prefix before the endpoint\'s URL.', false),
  body_limit: size('The largest body on this route; default: `body_limit`.')
}, ['path', 'protocol', 'pipeline'])

export const configurationSchema: JsonSchema = closed('The configuration of one gateway. Unknown keys are errors.', {
  listen,
  admin,
  public_url: text('What callers call it. `Host` and `Forwarded` are never trusted.'),
  data: text('All that the gateway writes: `audit/`, `keys/`.', { default: './var' }),
  region: { type: ['string', 'null'], minLength: 1, default: null, description: 'A fact for policies.' },
  principals: closed('Roles and groups of verified subjects beside those in their credentials. An entry is found by tenant, issuer and subject; it adds, and never changes the tenant.', {
    file: text('A file with the entries (see docs/identity.md), looked at at every `refresh`.'),
    url: text('A URL that answers them, as SCIM users or in the form of the file; asked at every `refresh`, with `If-None-Match`.'),
    token: secret('Bearer token for the URL.'),
    authorities: text('File with the authorities (PEM) by which the URL\'s certificate is verified; left out: those of the system.'),
    subject: { enum: ['userName', 'externalId', 'id'], default: 'userName', description: 'Which attribute of a SCIM user is the subject of the credentials.' },
    issuer: text('The issuer of subjects whose entry names none.'),
    tenant: text('The tenant of subjects whose entry names none; left out: they belong to none.'),
    max_age: duration('How old the data may be; beyond it every request is denied.', '1h'),
    refresh: duration('How often the source is asked.', '30s'),
    allow_plaintext: flag('Accept a plain http URL beyond loopback.', false)
  }, [], { oneOf: [{ required: ['file'] }, { required: ['url'] }] }),
  log: closed('The operational log, one JSON object a line.', {
    level: { enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], default: 'info', description: 'The least severe level written.' },
    file: { type: ['string', 'null'], minLength: 1, default: null, description: 'A file; null = standard output.' }
  }),
  workers: { type: 'integer', minimum: 1, maximum: 256, default: 1, description: 'Processes that serve callers on this machine. They share one audit writer, and without a `store` the primary counts for all.' },
  store: closed('Where quotas and claims are counted over all instances. Left out: in memory, one instance.', {
    redis: closed('Redis 6 or later, standalone or Cluster.', {
      url: secret('`redis://` or `rediss://` (TLS), with user and password where it asks for them; the seed nodes of a cluster are parted by commas.'),
      cluster: flag('The URL names nodes of a Redis Cluster.', false),
      prefix: text('Begins every key.', { default: 'sallyport', pattern: '^[A-Za-z0-9._:-]{1,64}$' }),
      timeout: duration('For one answer; later it counts as lost.', '250ms'),
      allow_plaintext: flag('Accept a `redis://` URL beyond loopback.', false)
    }, ['url'])
  }, ['redis']),
  plugins: texts('Plugins beside the shipped ones: paths or package names.', { default: [] }),
  body_limit: size('The largest body of a request.', { default: '10MiB' }),
  unidentified: closed('Refusals of callers without an accepted credential that are recorded one by one; beyond it they are counted.', {
    per_peer: rate('For one address.', '20/s'),
    total: rate('For all together.', '200/s')
  }),
  taxonomy: texts('Levels of sensitivity, lowest first.', { minItems: 1, default: ['public', 'internal', 'confidential', 'restricted'] }),
  reasons: texts('Codes that callers may give in `sallyport-reason`.', { default: [] }),
  endpoints: named('By id.', endpoint),
  models: named('The names callers ask for.', model),
  workloads: { type: 'array', items: workloadRule, default: [], description: 'Rules that put requests into a class before what is derived from their form; the first that holds decides.' },
  tenants: named('Allow-lists, which the policy library always applies. A tenant that is not listed has none, unless `*` gives a default. Left out: no restriction.', closed('One tenant.', {
    endpoints: texts('Endpoint ids this tenant may reach.')
  }, ['endpoints']), '^.{1,128}$'),
  pipelines: named('Stages in their order, proven before anything starts.', { type: 'array', items: entry, minItems: 1 }),
  routes: { type: 'array', items: route, minItems: 1, description: 'What is served. Nothing else is.' }
}, ['listen', 'endpoints', 'pipelines', 'routes'])
