/** `ollama`: Ollama by its own API and by OpenAI's and Anthropic's (https://docs.ollama.com/api), under the bare host or a URL that ends in `/v1`. */
import { addressUnderV1 } from '../../../core/protocol/address.ts'
import type { Provider } from '../../../core/protocol/provider.ts'

export const ollama: Provider = Object.freeze({
  name: 'ollama',
  version: '1.0.0',
  protocols: Object.freeze(['ollama', 'openai.chat', 'openai.completions', 'openai.embeddings', 'openai.responses', 'anthropic.messages']),
  address: addressUnderV1
} satisfies Provider)
