// Prints the notices of what is linked into compiler.wasm. Standard input: one `module version` a line.
// Arguments: the vendor folder and GOROOT. A licence text that several modules share is printed once.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [vendor, goroot] = process.argv.slice(2)
const legal = /^(licen[cs]e|copying|notice|patents)/i

function legalTexts (folder) {
  return readdirSync(folder).filter(name => legal.test(name)).sort()
    .map(name => readFileSync(join(folder, name), 'utf8').replace(/\r/g, '').trim())
}

const modules = readFileSync(0, 'utf8').split('\n').filter(line => line.includes(' v'))
const owners = new Map()
function record (owner, folder) {
  const texts = legalTexts(folder)
  if (texts.length === 0) throw new Error(`${owner} has no licence file`)
  for (const text of texts) owners.set(text, [...(owners.get(text) ?? []), owner])
}

record('Go standard library and runtime', goroot)
for (const line of modules) record(line, join(vendor, line.split(' ')[0]))

console.log('compiler.wasm links the Go packages listed here, each under the licence that follows its name.')
for (const [text, names] of owners) console.log(`\n${'='.repeat(80)}\n${names.join('\n')}\n${'-'.repeat(80)}\n${text}`)
