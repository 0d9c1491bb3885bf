/** The names callers may ask for: every model, its aliases, and every family as all the endpoints of its models. */
import type { ModelEntry } from '../runtime.ts'
import type { Configuration, ModelConfig } from './types.ts'

export function namesOf ({ models }: Pick<Configuration, 'models'>): Map<string, ModelEntry> {
  const names = new Map<string, ModelEntry>()
  for (const model of models.values()) {
    const entry = entryOf(model.name, model.family, [model])
    for (const name of [model.name, ...model.aliases]) names.set(name, entry)
  }
  for (const family of new Set([...models.values()].flatMap(model => model.family ?? []))) {
    if (!models.has(family)) names.set(family, entryOf(family, family, [...models.values()].filter(model => model.family === family)))
  }
  return names
}

function entryOf (name: string, family: string | null, members: readonly ModelConfig[]): ModelEntry {
  const names = new Map<string, string>()
  for (const member of members) for (const id of member.endpoints) if (!names.has(id)) names.set(id, member.name)
  return { name, family, members, encoding: members[0]?.tokenizer ?? null, endpoints: [...names.keys()], nameAt: id => names.get(id) ?? name }
}
