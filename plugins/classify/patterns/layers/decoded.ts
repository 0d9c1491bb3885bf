/** A stretch of a text that stands for another. */
import type { Original } from '../offsets.ts'

/** How something was disguised. */
export type Layer = 'percent' | 'html' | 'escape' | 'quoted_printable' | 'base64' | 'hex'

export interface Decoded {
  /** Where it stands, in UTF-16 units. */
  readonly start: number
  readonly end: number
  /** What it stands for. */
  readonly text: string
  readonly via: Layer
  /** From spans of `text` to spans of what stands there, from its start on; null: all of it stands for all. */
  readonly inner: Original | null
}
