/** Every command there is. Each is loaded only when it is asked for. */
import type { Command } from './command.ts'

export interface CommandEntry {
  readonly name: string
  readonly summary: string
  load (): Promise<{ readonly command: Command }>
}

export const commands: readonly CommandEntry[] = [
  { name: 'init', summary: 'write a starter: configuration, policy, tests', load: () => import('./init.ts') },
  { name: 'start', summary: 'run the gateway in the foreground', load: () => import('./start.ts') },
  { name: 'demo', summary: 'run a quickstart with its own issuer and model endpoint', load: () => import('./demo.ts') },
  { name: 'check', summary: 'prove a configuration, or list all its faults', load: () => import('./check.ts') },
  { name: 'classify', summary: 'show what the detectors find in a text', load: () => import('./classify.ts') },
  { name: 'decrypt', summary: 'read what the operator encrypt put into a text', load: () => import('./decrypt.ts') },
  { name: 'token', summary: 'print a development credential', load: () => import('./token/token.ts') },
  { name: 'token proof', summary: 'print a proof of possession for one request', load: () => import('./token/proof.ts') },
  { name: 'identity explain', summary: 'say why a credential is accepted or refused', load: () => import('./identity/explain.ts') },
  { name: 'route explain', summary: 'say why an endpoint is chosen and the others are not', load: () => import('./route/explain.ts') },
  { name: 'keys new', summary: 'make the keys before the first start', load: () => import('./keys/new.ts') },
  { name: 'keys show', summary: 'print the key that verifies the log', load: () => import('./keys/show.ts') },
  { name: 'keys rotate', summary: 'replace the key that signs the log', load: () => import('./keys/rotate.ts') },
  { name: 'keys signer', summary: 'hold the log\'s key in a process of its own', load: () => import('./keys/signer.ts') },
  { name: 'keys issue', summary: 'issue an API key', load: () => import('./keys/issue.ts') },
  { name: 'keys revoke', summary: 'revoke an API key', load: () => import('./keys/revoke.ts') },
  { name: 'policy check', summary: 'check a policy folder against a configuration', load: () => import('./policy/check.ts') },
  { name: 'policy build', summary: 'compile a policy folder into a bundle', load: () => import('./policy/build.ts') },
  { name: 'policy test', summary: 'run the tests of a policy folder', load: () => import('./policy/test.ts') },
  { name: 'policy fmt', summary: 'format policy files', load: () => import('./policy/fmt.ts') },
  { name: 'policy eval', summary: 'tell a decision with its reasons and rules, or evaluate a query', load: () => import('./policy/eval.ts') },
  { name: 'policy replay', summary: 'decide recorded decisions again by a candidate', load: () => import('./policy/replay.ts') },
  { name: 'audit verify', summary: 'verify the log with the public key alone', load: () => import('./audit/verify.ts') },
  { name: 'audit show', summary: 'show records, oldest first', load: () => import('./audit/show.ts') },
  { name: 'audit prove', summary: 'print evidence of one decision', load: () => import('./audit/prove.ts') },
  { name: 'audit check-evidence', summary: 'verify evidence alone', load: () => import('./audit/check-evidence.ts') },
  { name: 'audit match', summary: 'is this the body that was recorded?', load: () => import('./audit/match.ts') },
  { name: 'audit export', summary: 'write the log as tiles for other tools', load: () => import('./audit/export.ts') },
  { name: 'audit witness', summary: 'cosign the heads of logs that only grow', load: () => import('./audit/witness.ts') },
  { name: 'audit prune', summary: 'remove old segments, keep what proves the rest', load: () => import('./audit/prune.ts') },
  { name: 'audit hold', summary: 'set or lift a legal hold', load: () => import('./audit/hold.ts') },
  { name: 'audit abandon', summary: 'set a damaged log aside, so that a new one can begin', load: () => import('./audit/abandon.ts') }
]

/** The usage of the whole tool, or of one group (`audit`). */
export function overview (group: string | null): string {
  const shown = group === null ? commands : commands.filter((entry) => entry.name.startsWith(`${group} `))
  const lines = shown.map((entry) => `  sallyport ${entry.name.padEnd(22)}${entry.summary}`)
  return [
    'A policy-enforcing gateway for LLM traffic that can prove what it decided.',
    '',
    ...lines,
    '',
    'sallyport COMMAND --help tells more about each; sallyport --version prints the version.'
  ].join('\n')
}
