/** What a detector outside the gateway is, whatever it speaks. */

/** A text to judge. */
export interface AskedText {
  readonly text: string
  /** The path of the leaf as policies see it: never the caller's own keys. */
  readonly path: string
}

/** A span of one text, in UTF-16 units; confidence 0-1000. */
export interface TextSpan { readonly label: string, readonly confidence: number, readonly start: number, readonly end: number }

export interface Told {
  /** For each text what was found in it. */
  readonly spans: ReadonlyArray<readonly TextSpan[]>
  /** What the detector says of itself: another version finds other things. */
  readonly version: string | null
}

export interface ExternalDetector {
  /** Judges texts. Rejects with Error where it gives no answer, or one that says what it may not. */
  ask (texts: readonly AskedText[], signal: AbortSignal): Promise<Told>
  close (): void
}

/** Throws Error where a span is none of its text. */
export function requireSpan ({ start, end }: { readonly start: number, readonly end: number }, length: number): void {
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end <= start || end > length) throw new Error('a span lies outside its text')
}
