/** What the schema cannot say of models and of the choice among their endpoints. */
import { at, entriesAt, isObject } from './document.ts'
import type { Faults } from './faults.ts'
import { checkName } from './rules.ts'
import type { Path } from './types.ts'

/** Adds a fault for what no request could ever meet. Works on malformed documents too. */
export function checkRouting (document: unknown, faults: Faults): void {
  for (const [name, model] of entriesAt(document, ['models'])) checkModel(model, ['models', name], faults)
  checkAliases(document, faults)
  checkWorkloads(document, faults)
}

function checkModel (model: unknown, path: Path, faults: Faults): void {
  const endpoints = textsAt(model, ['endpoints'])
  const check = (name: unknown, place: Path): void => { checkName('endpoint of this model', name, endpoints, [...path, ...place], faults) }
  for (const [id] of entriesAt(model, ['weights'])) check(id, ['weights', id])
  check(at(model, ['canary', 'endpoint']), ['canary', 'endpoint'])
  for (const [index, id] of listAt(model, ['mirror', 'endpoints']).entries()) check(id, ['mirror', 'endpoints', index])
  for (const [workload] of entriesAt(model, ['workloads'])) {
    for (const [index, id] of listAt(model, ['workloads', workload, 'endpoints']).entries()) check(id, ['workloads', workload, 'endpoints', index])
  }
  const weights = entriesAt(model, ['weights'])
  if (weights.length > 0 && at(model, ['strategy']) !== 'weighted') {
    faults.add('GW_CONFIG_UNSAFE', [...path, 'weights'], 'weights without strategy: weighted are never looked at', 'say strategy: weighted, or leave them out')
  }
  if (weights.length === endpoints.length && weights.length > 0 && weights.every(([, weight]) => weight === 0)) {
    faults.add('GW_CONFIG_INVALID', [...path, 'weights'], 'all weights are 0', 'give one endpoint a share')
  }
}

/** A name that callers use stands for one model, or for one family. */
function checkAliases (document: unknown, faults: Faults): void {
  const models = entriesAt(document, ['models'])
  const taken = new Set<unknown>([...models.map(([name]) => name), ...models.map(([, model]) => at(model, ['family']))])
  for (const [name, model] of models) {
    for (const [index, alias] of listAt(model, ['aliases']).entries()) {
      if (taken.has(alias)) faults.add('GW_CONFIG_DUPLICATE', ['models', name, 'aliases', index], `${String(alias)} names something else already`, 'choose another alias')
      taken.add(alias)
    }
  }
}

function checkWorkloads (document: unknown, faults: Faults): void {
  const models = entriesAt(document, ['models'])
  const names = [...models.map(([name]) => name), ...models.flatMap(([, model]) => textsAt(model, ['family']))]
  const routes = listAt(document, ['routes']).flatMap(route => textsAt(route, ['path']))
  for (const [index, rule] of listAt(document, ['workloads']).entries()) {
    if (!isObject(rule)) continue
    checkName('model', rule['model'], names, ['workloads', index, 'model'], faults)
    checkName('route', rule['route'], routes, ['workloads', index, 'route'], faults)
    const { least_tokens: least, most_tokens: most } = rule
    if (typeof least === 'number' && typeof most === 'number' && least > most) {
      faults.add('GW_CONFIG_INVALID', ['workloads', index, 'least_tokens'], 'least_tokens is more than most_tokens: no request is of this class', 'exchange the two')
    }
  }
}

function listAt (document: unknown, path: Path): readonly unknown[] {
  const list = at(document, path)
  return Array.isArray(list) ? list : []
}

/** A text, or the texts of a list. */
function textsAt (document: unknown, path: Path): string[] {
  return [at(document, path)].flat().filter(text => typeof text === 'string')
}
