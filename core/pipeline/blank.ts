/** What a stage that sends text away sees of a prompt: without what stages before it have found and it may never be told. */
import { matchesLabel } from '../enforce/label.ts'
import type { ClassificationPart, Finding, Leaf, Prompt } from './facts.ts'

/** Units keep their places: spans that the stage finds are those of the text itself. */
const blank = '*'

/** @param never label globs */
export function blankPrompt (prompt: Prompt, parts: readonly ClassificationPart[], never: readonly string[]): Prompt {
  const hidden = new Map<number, Finding[]>()
  for (const { findings } of parts) {
    for (const finding of findings) {
      if (never.some(glob => matchesLabel(glob, finding.label))) hidden.set(finding.leaf, [...hidden.get(finding.leaf) ?? [], finding])
    }
  }
  if (hidden.size === 0) return prompt
  return Object.freeze({ leaves: prompt.leaves.map((leaf, index) => blankLeaf(leaf, hidden.get(index) ?? [])) })
}

function blankLeaf (leaf: Leaf, findings: readonly Finding[]): Leaf {
  if (findings.length === 0) return leaf
  const text = findings.reduce((left, { start, end }) => left.slice(0, start) + blank.repeat(end - start) + left.slice(end), leaf.text)
  return Object.freeze({ ...leaf, text })
}
