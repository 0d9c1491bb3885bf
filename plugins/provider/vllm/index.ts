/** `vllm`: vLLM by its OpenAI dialect, under the bare host or a URL that ends in `/v1`. */
import { addressUnderV1 } from '../../../core/protocol/address.ts'
import type { Provider } from '../../../core/protocol/provider.ts'

export const vllm: Provider = Object.freeze({
  name: 'vllm',
  version: '1.0.0',
  protocols: Object.freeze(['openai.chat']),
  address: addressUnderV1
} satisfies Provider)
