/** `vllm`: vLLM by OpenAI's and Anthropic's APIs (https://docs.vllm.ai/en/stable/serving/online_serving), under the bare host or a URL that ends in `/v1`. */
import { addressUnderV1 } from '../../../core/protocol/address.ts'
import type { Provider } from '../../../core/protocol/provider.ts'

export const vllm: Provider = Object.freeze({
  name: 'vllm',
  version: '1.0.0',
  protocols: Object.freeze(['openai.chat', 'openai.completions', 'openai.embeddings', 'openai.responses', 'anthropic.messages']),
  address: addressUnderV1
} satisfies Provider)
