import { writeFileSync } from 'node:fs'
import { configurationOption, exitCodes, print, required, type Command, type Words } from '../command.ts'
import { packPolicy } from '../../../rego/bundle/pack.ts'
import { signatureAlgorithms, type SigningKey } from '../../../rego/bundle/signature.ts'
import { algorithmOf } from './candidate.ts'
import { printFaults, tellWarnings } from './faults.ts'
import { buildFolder } from './folder.ts'
import { readText } from './input.ts'

export const command: Command = {
  name: 'policy build',
  usage: `usage: sallyport policy build DIR [--config FILE] --output FILE [--sign-key FILE --algorithm ALG [--key-id ID] [--scope TEXT]]

Compiles a policy folder into a bundle (.tar.gz) that OPA reads too: policy.wasm, data.json, .manifest and the schemas of
what a policy is asked and answers; with rules of tenants, a tenants/NAME/policy.wasm for each. The same sources make the
same bytes. Prints the policy version.

  --config FILE   the configuration whose endpoints, models and tenants the data holds; default ./sallyport.yaml where there is one
  --output FILE   where the bundle goes
  --sign-key FILE sign it in OPA's format (.signatures.json) by this private key, PEM; for HS algorithms the secret
  --algorithm ALG ${signatureAlgorithms.join(', ')}
  --key-id ID     how the key is named; default sallyport
  --scope TEXT    what the signature is for

exit codes: 0 built, 1 faults, 2 usage, 78 the configuration is refused

example: sallyport policy build policy --output policy.tar.gz`,
  options: {
    ...configurationOption,
    output: { type: 'string', short: 'o' },
    'sign-key': { type: 'string' },
    algorithm: { type: 'string' },
    'key-id': { type: 'string' },
    scope: { type: 'string' }
  },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const output = required(words, 'output')
    const key = signingKey(words)
    const { policy, faults, findings, warnings } = await buildFolder(words)
    printFaults(faults)
    tellWarnings([...findings, ...warnings])
    if (policy === null) return exitCodes.no
    writeFileSync(output, await packPolicy(policy, key))
    print(policy.version.version)
    return exitCodes.ok
  }
}

/** Null where the bundle is not to be signed. */
function signingKey (words: Words): SigningKey | null {
  const file = words.text('sign-key')
  if (file === null) return null
  return { text: readText(file).trimEnd(), algorithm: algorithmOf(words), keyId: words.text('key-id') ?? 'sallyport', scope: words.text('scope') ?? '' }
}
