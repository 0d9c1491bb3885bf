/**
 * Values that would leave through an address: a finding within a link or an image is found once more, as `exfiltration.link` or
 * `exfiltration.image`, so that policies can judge the way out beside the value.
 */
import type { TextFinding } from '../../../core/pipeline/plugin.ts'
import { addressReach, followedBy, isInAddress } from './address.ts'

/** The same span, as a way out; null where no address carries it. `text` holds what stands before the finding, as far as an address reaches; places are its own. */
export function exfiltrationOf (finding: TextFinding, text: string, start: number): TextFinding | null {
  if (start < shortestAddress || !isInAddress(text, start) || isHost(finding, text, start)) return null
  return { label: `exfiltration.${followedBy(text, start)}`, detector: 'response.links', confidence: finding.confidence, start: finding.start, end: finding.end }
}

/** The shortest beginning of an address, `//`. */
const shortestAddress = 2

/** An address of a network is the host of many links: it says where, and carries nothing there. */
function isHost ({ label }: TextFinding, text: string, start: number): boolean {
  return label.endsWith('.ip_address') && /\/\/\[?$/.test(text.slice(Math.max(0, start - addressReach), start))
}

/** Findings of a whole text, each followed by its way out where it has one. */
export function withWaysOut (findings: readonly TextFinding[], text: string): readonly TextFinding[] {
  if (findings.length === 0) return findings
  return findings.flatMap(finding => {
    const out = exfiltrationOf(finding, text, finding.start)
    return out === null ? [finding] : [finding, out]
  })
}
