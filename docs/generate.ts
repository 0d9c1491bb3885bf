/** Writes the generated references: `npm run docs`. */
import { writeFileSync } from 'node:fs'
import { packageFile } from '../core/package.ts'
import { references } from './reference.ts'
import { policyReferences } from './rego-reference.ts'

for (const [name, text] of [...references(), ...await policyReferences()]) writeFileSync(packageFile(`docs/${name}`), text)
