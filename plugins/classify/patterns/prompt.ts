/** What the detectors find in a whole prompt: in each leaf, in what is disguised there, and across the borders of leaves. */
import type { Finding, Leaf } from '../../../core/pipeline/plugin.ts'
import type { Detection } from './detection.ts'
import { jointsOf, spansOf } from './joints.ts'
import { scanWith } from './layers/scan.ts'
import { sure } from './overlap.ts'
import { Scan } from './scan.ts'

/** @returns findings, by leaf and place */
export function scanLeaves (leaves: readonly Leaf[], detection: Detection): Finding[] {
  const findings: Finding[] = []
  const scan = Scan.borrow(detection)
  try {
    leaves.forEach(({ text, path }, leaf) => {
      for (const { label, detector, confidence, start, end } of scanWith(scan, text, path)) findings.push({ label, detector, confidence, leaf, start, end })
    })
    for (const finding of scanJoints(scan, leaves)) findings.push(finding)
  } finally {
    scan.giveBack()
  }
  return findings
}

/** Joined texts are not what anyone wrote: only what is sure of itself counts. */
function scanJoints (scan: Scan, leaves: readonly Leaf[]): Finding[] {
  if (leaves.length < 2) return []
  const found = jointsOf(leaves).flatMap(joint => scan.text(joint.text, joint.path).filter(({ confidence }) => confidence >= sure)
    .flatMap(({ label, detector, confidence, start, end }) => spansOf(joint, start, end).map(span => ({ label, detector, confidence, ...span }))))
  return found.length < 2 ? found : [...new Map(found.map(finding => [`${finding.label} ${finding.leaf} ${finding.start} ${finding.end}`, finding])).values()]
}
