/**
 * The receipt: proof that a record is durable under a signed checkpoint. Sealed: only the audit client mints one, from what
 * the writer answered after its synchronous write, so dispatch still refuses were the validator bypassed.
 */
export interface ReceiptContent {
  /** Id of the decision that was recorded; empty for records of another kind. */
  readonly decisionId: string
  readonly index: number
  /** Hex. */
  readonly leafHash: string
  /** Size of the tree that the checkpoint covers. */
  readonly size: number
  /** The signed note, as C2SP tlog-checkpoint has it. */
  readonly checkpoint: string
}

const key = Symbol('receipt')

export class Receipt implements ReceiptContent {
  /** Only what this constructor made has it: nothing can be given one from outside. */
  readonly #minted = true
  readonly decisionId: string
  readonly index: number
  readonly leafHash: string
  readonly size: number
  readonly checkpoint: string

  constructor (seal: symbol, content: ReceiptContent) {
    if (seal !== key) throw new TypeError('a receipt is minted by the audit client alone')
    this.decisionId = content.decisionId
    this.index = content.index
    this.leafHash = content.leafHash
    this.size = content.size
    this.checkpoint = content.checkpoint
    Object.freeze(this)
  }

  static is (value: object): value is Receipt {
    return #minted in value && value.#minted
  }
}

/** For core/audit/client.ts alone; a test pins its importers. */
export function mintReceipt (content: ReceiptContent): Receipt {
  return new Receipt(key, content)
}

/** True for a receipt that was minted here, false for a look-alike. */
export function isReceipt (value: unknown): value is Receipt {
  return typeof value === 'object' && value !== null && Receipt.is(value)
}
