/** Forty plain regular expressions, as a gateway without an engine of its own would run them over a text, one after another. */

export const baseline: readonly RegExp[] = [
  /\b(?:\d[ -]?){12,18}\d\b/g,
  /\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,24}\b/g,
  /\b(?:\d{1,3}\.){3}\d{1,3}\b/g,
  /\b(?:[0-9A-Fa-f]{1,4}:){2,7}[0-9A-Fa-f]{1,4}\b/g,
  /\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b/g,
  /\b\d{3}-\d{2}-\d{4}\b/g,
  /\b9\d{2}-\d{2}-\d{4}\b/g,
  /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b/g,
  /\b(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}\b/g,
  /\+\d{1,3}(?:[ .-]?\d){6,12}\b/g,
  /\b\d{3} ?\d{3} ?\d{4}\b/g,
  /\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/g,
  /\b\d{8}[A-Z]\b/g,
  /\b[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]\b/g,
  /\b[12] ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3} ?\d{2}\b/g,
  /\b\d{11}\b/g,
  /\b\d{4} ?\d{4} ?\d{4}\b/g,
  /\b\d{3}\.\d{3}\.\d{3}-\d{2}\b/g,
  /\b[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d{2}\b/g,
  /\b[A-Z]{2}\d{7}\b/g,
  /\bMRN[ :#]{0,3}\d{6,10}\b/gi,
  /\b[A-TV-Z]\d[0-9AB]\.\d{1,4}\b/g,
  /\b(?:0[1-9]|1[0-2])\/(?:0[1-9]|[12]\d|3[01])\/(?:19|20)\d{2}\b/g,
  /\b(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b/g,
  /\b(?:bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}\b/g,
  /\b0x[0-9a-fA-F]{40}\b/g,
  /\bAKIA[A-Z0-9]{16}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{36,255}\b/g,
  /\bsk-[A-Za-z0-9_-]{20,200}\b/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,200}\b/g,
  /\bAIza[A-Za-z0-9_-]{35}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,1000}\b/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g,
  /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,128}\b/g,
  /\bglpat-[A-Za-z0-9_-]{20,64}\b/g,
  /\bnpm_[A-Za-z0-9]{36}\b/g,
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,64}:[^\s@/]{1,128}@[^\s/]{1,128}/g,
  /\b(?:password|passwd|pwd)["']?\s{0,3}[:=]\s{0,3}["']?[^\s"']{6,128}/gi,
  /\b(?:api[_-]?key|secret|token)["']?\s{0,3}[:=]\s{0,3}["']?[A-Za-z0-9_\-+/=]{16,128}/gi,
  /\b(?:EAR99|ITAR|NOFORN)\b/g
]

/** How many hits they have. */
export function runBaseline (text: string): number {
  let hits = 0
  for (const pattern of baseline) {
    pattern.lastIndex = 0
    while (pattern.exec(text) !== null) hits++
  }
  return hits
}
