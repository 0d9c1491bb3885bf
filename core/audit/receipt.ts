/** The receipt: proof that a decision's record is durable and under a signed checkpoint. Sealed: only the log's client mints one. */

export interface ReceiptContent {
  readonly decisionId: string
  /** Leaf index in the log. */
  readonly index: number
  /** RFC 6962 leaf hash, hex. */
  readonly leafHash: string
  /** Tree size of the checkpoint that covers it. */
  readonly size: number
  /** The signed note of that checkpoint. */
  readonly checkpoint: string
}

const minted = new WeakSet<object>()
const key = Symbol('receipt')

export class Receipt implements ReceiptContent {
  readonly decisionId: string
  readonly index: number
  readonly leafHash: string
  readonly size: number
  readonly checkpoint: string
  readonly #sealed = true

  constructor (seal: symbol, content: ReceiptContent) {
    if (seal !== key) throw new TypeError('a receipt is minted by the log alone')
    this.decisionId = content.decisionId
    this.index = content.index
    this.leafHash = content.leafHash
    this.size = content.size
    this.checkpoint = content.checkpoint
    Object.freeze(this)
    if (this.#sealed) minted.add(this)
  }
}

/** For core/audit/client.ts alone; a test pins its importers. */
export function mintReceipt (content: ReceiptContent): Receipt {
  return new Receipt(key, content)
}

/** True for a receipt that was minted here, false for a look-alike. */
export function isReceipt (value: unknown): value is Receipt {
  return typeof value === 'object' && value !== null && minted.has(value)
}
