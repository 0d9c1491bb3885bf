/** Runs the pipeline's detectors over an answer. */
import type { Answer, AnswerDetectors, Lane, TextFinding } from '../../../core/pipeline/plugin.ts'
import { withWaysOut } from './links.ts'
import type { Tally } from './tally.ts'

/** A finding in a lane, by UTF-16 units of its text. */
export interface LaneFinding extends TextFinding { readonly lane: number }

/** Throws where a detector throws, or reports a span that is not in the text. */
export function scanAnswer (answer: Answer, detectors: AnswerDetectors): readonly LaneFinding[] {
  let found: LaneFinding[] | null = null
  for (let lane = 0; lane < answer.lanes.length; lane++) {
    const { text, path } = answer.lanes[lane] as Lane
    for (const finding of scanText(text, path, detectors)) (found ??= []).push({ ...finding, lane })
  }
  return found ?? nothingFound
}

const nothingFound: readonly LaneFinding[] = []

/** All findings of one text, the ways out among them. Throws as {@link scanAnswer}. */
export function scanText (text: string, path: readonly string[], detectors: Pick<AnswerDetectors, 'scan'>): readonly TextFinding[] {
  const found = detectors.scan(text, path)
  return found.length === 0 ? nothingFound : withWaysOut(found.map(finding => within(finding, text.length)), text)
}

/** The finding, if it stands in a text of that length. Throws RangeError. */
export function within (finding: TextFinding, length: number): TextFinding {
  const isWithin = Number.isInteger(finding.start) && finding.start >= 0 && finding.start < finding.end && finding.end <= length
  if (!isWithin) throw new RangeError('a detector reported a span that is not in the text')
  return finding
}

/** Counts all that was found in a whole answer. */
export function tallyAnswer (answer: Answer, findings: readonly LaneFinding[], tally: Tally): void {
  for (const finding of findings) {
    const lane = answer.lanes[finding.lane]
    if (lane !== undefined) tally.add(lane, finding, lane.text.slice(finding.start, finding.end))
  }
  tally.addUnscanned(answer.unscanned)
}

/** The tools an answer calls, each with the labels found in its arguments. */
export function toolsOf (answer: Answer, tally: Tally): Array<{ readonly name: string, readonly labels: readonly string[] }> {
  return answer.tools.map(({ name, lane }) => ({ name, labels: tally.labelsOf(answer.lanes[lane ?? -1] ?? null) }))
}
