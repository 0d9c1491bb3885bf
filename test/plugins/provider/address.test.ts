import t from 'tap'
import { healthOf } from '../../../core/config/decode-routing.ts'
import type { EndpointConfig } from '../../../core/config/types.ts'
import { shippedProtocols, shippedProviders } from '../../../plugins/index.ts'

const noLimit = { requestsPerMinute: null, tokensPerMinute: null, concurrent: null }
const timeout = { connectMs: 1, firstTokenMs: 1, idleMs: 1, totalMs: 1 }

function endpoint (provider: string, url: string, more: Partial<EndpointConfig> = {}): EndpointConfig {
  return { id: 'e', provider, url, model: null, auth: null, labels: {}, price: null, context: null, limit: noLimit, timeout, health: healthOf({}), features: [], forwardHeaders: [], ...more }
}

function address (config: EndpointConfig, path: string, query = '', protocol = ''): { url: string, headers: Readonly<Record<string, string>> } {
  const provider = shippedProviders.find(({ name }) => name === config.provider)
  if (provider === undefined) throw new Error(`no provider ${config.provider}`)
  const { url, headers } = provider.address(config, { protocol, method: 'POST', path, query })
  return { url: url.href, headers }
}

const chat = '/chat/completions'

t.test('the URL of an endpoint is its own with the dialect\'s path appended', async t => {
  const cases: Array<[config: EndpointConfig, path: string, query: string, url: string]> = [
    [endpoint('openai', 'https://api.openai.com/v1'), chat, '', 'https://api.openai.com/v1/chat/completions'],
    [endpoint('openai', 'https://api.openai.com/v1/'), chat, '', 'https://api.openai.com/v1/chat/completions'],
    [endpoint('http', 'http://127.0.0.1:4000'), '/items/7', 'full=yes&q=a%20b', 'http://127.0.0.1:4000/items/7?full=yes&q=a%20b'],
    [endpoint('http', 'http://127.0.0.1:4000/base'), '/', '', 'http://127.0.0.1:4000/base/'],
    [endpoint('http', 'https://x.example'), '//evil.example/x', '', 'https://x.example//evil.example/x'],
    [endpoint('anthropic', 'https://api.anthropic.com'), '/v1/messages', '', 'https://api.anthropic.com/v1/messages'],
    [endpoint('anthropic', 'https://api.anthropic.com/v1'), '/v1/messages', '', 'https://api.anthropic.com/v1/messages'],
    [endpoint('vllm', 'https://gpu.example/models/v1'), '/v1/messages/count_tokens', '', 'https://gpu.example/models/v1/messages/count_tokens'],
    [endpoint('vllm', 'https://gpu.example'), '/responses', '', 'https://gpu.example/v1/responses'],
    [endpoint('ollama', 'http://localhost:11434/v1'), '/api/chat', '', 'http://localhost:11434/api/chat'],
    [endpoint('ollama', 'http://localhost:11434'), '/v1/messages', '', 'http://localhost:11434/v1/messages'],
    [endpoint('azure', 'https://r.openai.azure.com', { model: 'd' }), '/embeddings', '', 'https://r.openai.azure.com/openai/deployments/d/embeddings?api-version=2024-10-21'],
    [endpoint('ollama', 'http://localhost:11434'), chat, '', 'http://localhost:11434/v1/chat/completions'],
    [endpoint('ollama', 'http://localhost:11434/v1'), chat, '', 'http://localhost:11434/v1/chat/completions'],
    [endpoint('vllm', 'https://gpu.example/models/v1'), chat, '', 'https://gpu.example/models/v1/chat/completions'],
    [endpoint('azure', 'https://r.openai.azure.com/openai/v1'), chat, '', 'https://r.openai.azure.com/openai/v1/chat/completions'],
    [endpoint('azure', 'https://r.openai.azure.com'), chat, '', 'https://r.openai.azure.com/openai/v1/chat/completions'],
    [endpoint('azure', 'https://r.openai.azure.com', { model: 'gpt 4o' }), chat, '', 'https://r.openai.azure.com/openai/deployments/gpt%204o/chat/completions?api-version=2024-10-21'],
    [endpoint('azure', 'https://r.openai.azure.com/openai/', { model: 'm' }), chat, '', 'https://r.openai.azure.com/openai/deployments/m/chat/completions?api-version=2024-10-21'],
    [endpoint('azure', 'https://r.openai.azure.com/openai/deployments/d'), chat, '', 'https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21']
  ]
  for (const [config, path, query, url] of cases) t.equal(address(config, path, query).url, url)
})

t.test('responses of Azure are part of its v1 API alone', async t => {
  for (const base of ['', '/openai', '/openai/v1', '/openai/deployments/d']) {
    const { url } = address(endpoint('azure', `https://r.openai.azure.com${base}`, { model: 'd' }), '/responses', '', 'openai.responses')
    t.equal(url, 'https://r.openai.azure.com/openai/v1/responses', base)
  }
})

t.test('the credential is the endpoint\'s, in the header it asks for', async t => {
  const url = 'https://x.example/v1'
  const cases: Array<[auth: EndpointConfig['auth'], headers: object]> = [
    [null, {}],
    [{ type: 'bearer', value: 'k' }, { authorization: 'Bearer k' }],
    [{ type: 'header', name: 'Api-Key', value: 'k' }, { 'api-key': 'k' }],
    [{ type: 'basic', user: 'ü', password: 'p:q' }, { authorization: 'Basic w7w6cDpx' }]
  ]
  for (const { name } of shippedProviders) {
    for (const [auth, headers] of cases) {
      const own = name === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}
      t.same(address(endpoint(name, url, { auth }), '/x').headers, { ...own, ...headers }, `${name}, ${auth?.type ?? 'none'}`)
    }
  }
})

t.test('every protocol that ships is spoken by a provider that ships, unless the gateway answers it itself', async t => {
  for (const { name } of shippedProtocols) if (!name.endsWith('.models')) t.ok(shippedProviders.some(({ protocols }) => protocols.includes(name)), name)
})
