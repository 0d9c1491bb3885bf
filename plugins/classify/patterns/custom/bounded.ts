/** Makes a pattern of somebody's regular expression that is safe to try at every place of a text, or says why there is none. */
import { parseExpression, type Expression } from '../expression.ts'
import { fold } from '../fold.ts'
import { mostSteps } from '../steps.ts'

/** So many units it may look at, at one place: 100 KiB of text then cost a few dozen milliseconds at the worst. */
const mostLooked = 256

/**
 * @param longest how often what repeats without a bound repeats at most
 * @throws Error, with words for the author
 */
export function boundedPattern (source: string, ignoresCase: boolean, longest: number): RegExp {
  const flags = `${ignoresCase ? 'i' : ''}${/\\[pP]\{/.test(source) ? 'u' : ''}y`
  const { text } = fold(source) // texts are read without accents
  const bounded = written(parseExpression({ source: text, flags }), longest)
  const pattern = new RegExp(bounded, flags)
  if (isEmpty(parseExpression(pattern))) throw new Error('it can match nothing at all')
  if (mostSteps(pattern, { steps: mostLooked, states: 20_000 }) > mostLooked) throw new Error(`it can look at more than ${mostLooked} units at one place: let it repeat less, or begin more definitely`)
  return pattern
}

function written (expression: Expression, longest: number): string {
  switch (expression.kind) {
    case 'unit': return expression.source
    case 'sequence': return expression.parts.map(part => part.kind === 'choice' ? `(?:${written(part, longest)})` : written(part, longest)).join('')
    case 'choice': return `(?:${expression.branches.map(branch => written(branch, longest)).join('|')})`
    case 'repeat': return `(?:${written(expression.part, longest)}){${expression.least},${Math.min(expression.most, Math.max(expression.least, longest))}}`
    case 'edge':
      if (expression.source.startsWith('\\')) return expression.source
      throw new Error(`${expression.source} has no place in it: it is looked for everywhere in a text`)
    case 'look': throw new Error('it looks around, which cannot be bounded: say what stands there with hotwords')
    case 'reference': throw new Error('it refers to a group, which cannot be bounded')
  }
}

function isEmpty (expression: Expression): boolean {
  switch (expression.kind) {
    case 'unit': return false
    case 'sequence': return expression.parts.every(isEmpty)
    case 'choice': return expression.branches.some(isEmpty)
    case 'repeat': return expression.least === 0 || isEmpty(expression.part)
    default: return true
  }
}
