/** What a log asks of a witness: `add-checkpoint` (c2sp.org/tlog-witness). */

export interface Submission {
  /** The tree that the witness cosigned last, as far as the log knows. */
  readonly oldSize: number
  /** Consistency proof from that tree to the checkpoint's (RFC 6962 2.1.2). */
  readonly path: readonly Buffer[]
  /** The checkpoint, signed by the log. */
  readonly note: string
}

const maxPath = 63

export function submissionText ({ oldSize, path, note }: Submission): string {
  return [`old ${oldSize}`, ...path.map(hash => hash.toString('base64')), '', note].join('\n')
}

/** Throws for a text of another form. */
export function parseSubmission (text: string): Submission {
  const border = text.indexOf('\n\n')
  const [old = '', ...path] = text.slice(0, border).split('\n')
  const oldSize = /^old (0|[1-9]\d{0,14})$/.exec(old)?.[1]
  if (border < 0 || oldSize === undefined || path.length > maxPath) throw new Error('this is no request to add a checkpoint')
  return { oldSize: Number(oldSize), path: path.map(hashOf), note: text.slice(border + 2) }
}

function hashOf (line: string): Buffer {
  const hash = Buffer.from(line, 'base64')
  if (hash.length !== 32 || hash.toString('base64') !== line) throw new Error('a line of the proof is no hash')
  return hash
}
