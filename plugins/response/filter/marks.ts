/** How the obligation `mark` is met: in a header, and beside it as the configuration says of the obligation's id. */
import type { Decision, Obligation } from '../../../core/enforce/decision.ts'
import { disclosure } from './disclosure.ts'
import { marksAmong } from './obligations.ts'

/** What is done for one mark beside its members of the disclosure header. */
export interface MarkForm {
  /** Where a manifest of the answer is found; `{decision_id}` stands for the id of the decision. */
  readonly link?: string
  /** Put behind the text of the answer. */
  readonly suffix?: string
  /** A member of a JSON answer, beside the endpoint's own. */
  readonly member?: string
}

export interface MarkMeans {
  /** Lower case. */
  readonly disclosureHeader: string
  /** By the id of the obligation. */
  readonly markForms: ReadonlyMap<string, MarkForm>
}

export interface Marks {
  /** Of the obligations met, sorted. */
  readonly ids: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** Empty where nothing is put behind texts. */
  readonly suffix: string
  readonly members: Readonly<Record<string, unknown>> | null
}

export const noMarks: Marks = { ids: [], headers: {}, suffix: '', members: null }

/** Null where a mark cannot be said. */
export function planMarks (obligations: readonly Obligation[], { id }: Pick<Decision, 'id'>, means: MarkMeans): Marks | null {
  const marks = marksAmong(obligations)
  if (marks.length === 0) return noMarks
  const said = disclosure(marks)
  if (said === null) return null
  const forms = marks.map(mark => ({ mark, form: means.markForms.get(mark.id) ?? {} }))
  const links = forms.flatMap(({ form: { link } }) => link === undefined ? [] : [`<${link.replaceAll('{decision_id}', id)}>; rel="c2pa-manifest"`])
  const members = forms.flatMap(({ mark, form: { member } }) => member === undefined ? [] : [[member, { ...mark.parameters }] as const])
  return {
    ids: [...new Set(marks.map(mark => mark.id))].sort(),
    headers: { [means.disclosureHeader]: said, ...links.length === 0 ? {} : { link: [...new Set(links)].join(', ') } },
    suffix: [...new Set(forms.flatMap(({ form: { suffix } }) => suffix ?? []))].join(''),
    members: members.length === 0 ? null : Object.fromEntries(members)
  }
}
