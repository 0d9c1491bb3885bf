/** What a candidate would have decided over recorded decisions. */
import { replay, type ReplayedDecision } from '../../../rego/replay.ts'
import { differences, type ComparedDecision, type Difference } from '../../../rego/compare.ts'
import { signatureAlgorithms } from '../../../rego/bundle/signature.ts'
import { logFolder } from '../audit/inputs.ts'
import { configurationOption, exitCodes, print, required, type Command } from '../command.ts'
import { candidateOf } from './candidate.ts'
import { recordedDecisions } from './recorded.ts'

export const command: Command = {
  name: 'policy replay',
  usage: `usage: sallyport policy replay --audit DIR --policy DIR|BUNDLE [--config FILE] [--json]

Decides recorded decisions again by a candidate, a policy folder or a bundle, and tells how they differ: stricter or looser
by effect (deny, redact, permit), then by endpoints, then by obligations, redactions and the tag. Inputs are those on record,
byte for byte; endpoints, models and tenants are those of the configuration. What cannot be replayed is counted, with why.
Verifies nothing of the log: audit verify does.

  --audit DIR     the audit log, also beside a running gateway
  --policy PATH   the candidate
  --config FILE   the configuration that data.gateway comes from; default ./sallyport.yaml where there is one
  --key FILE      by what a signed bundle is verified, with --algorithm (${signatureAlgorithms.slice(0, 4).join(', ')}, ...) and --scope
  --json          each decision that differs as one JSON object a line, the counts in the last

exit codes: 0 every decision is the same, 1 some differ, or the candidate has faults, 2 usage, 78 the configuration is refused

example: sallyport policy replay --audit var/audit --policy policy`,
  options: {
    ...configurationOption,
    audit: { type: 'string' },
    policy: { type: 'string' },
    key: { type: 'string' },
    algorithm: { type: 'string' },
    scope: { type: 'string' },
    json: { type: 'boolean' }
  },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const log = logFolder(required(words, 'audit'))
    const candidate = await candidateOf(words, required(words, 'policy'))
    if (candidate === null) return exitCodes.no
    const counts = new Map<Difference, number>(differences.map(name => [name, 0]))
    const skipped = new Map<string, number>()
    const tell = words.flag('json') ? tellJson : tellLine
    for await (const replayed of replay(candidate, recordedDecisions(log, skipped))) {
      counts.set(replayed.difference, (counts.get(replayed.difference) ?? 0) + 1)
      if (replayed.difference !== 'same') tell(replayed)
    }
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    if (words.flag('json')) print(JSON.stringify({ policy: candidate.version.version, decisions: total, counts: Object.fromEntries(counts), not_replayed: Object.fromEntries(skipped) }))
    else printTable([['candidate', candidate.version.version], ['decisions', total], ...counts, ...[...skipped].map(([why, count]) => [`not replayed: ${why}`, count] as const)])
    return counts.get('same') === total ? exitCodes.ok : exitCodes.no
  }
}

function tellJson ({ recorded, candidate, difference }: ReplayedDecision): void {
  print(JSON.stringify({ id: recorded.id, difference, recorded: recorded.made, candidate }))
}

function tellLine ({ recorded: { id, made }, candidate, difference }: ReplayedDecision): void {
  print(`${difference.padEnd(12)}${id}  ${changes(made, candidate).join('  ')}`)
}

/** What changed, each as `before -> after`. */
function changes (made: ComparedDecision, candidate: ComparedDecision | null): string[] {
  if (candidate === null) return [`${made.effect} -> no decision`]
  const pairs: Array<readonly [before: string, after: string]> = [
    [made.effect, candidate.effect],
    [`[${made.reasons.join(', ')}]`, `[${candidate.reasons.join(', ')}]`],
    [made.endpoints.join(' ') || '-', candidate.endpoints.join(' ') || '-'],
    [JSON.stringify(made.obligations), JSON.stringify(candidate.obligations)],
    [made.tag, candidate.tag]
  ]
  return pairs.filter(([before, after]) => before !== after).map(([before, after]) => `${before} -> ${after}`)
}

function printTable (rows: ReadonlyArray<readonly [name: string, value: string | number]>): void {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  for (const [name, value] of rows) print(`${name.padEnd(width)}${value}`)
}
