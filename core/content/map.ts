/**
 * Maps of bodies: what a protocol knows of each place. A map names places for policies, weighs them, and refuses what would
 * be read in two ways; it never decides whether something is scanned. Whatever a map does not know is content like any other.
 */
import { GatewayError } from '../errors.ts'
import type { UnscannedKind } from '../pipeline/facts.ts'
import { presentMember, type JsonNode, type JsonObject } from './json.ts'
import { plainName } from './server-side.ts'

export interface FieldMap {
  /** What may stand there; anything else is refused, since endpoints differ in what they make of it. `null` is as good as nothing. Left out: anything. */
  readonly kinds?: ReadonlyArray<JsonNode['kind']>
  /** Members by name. A name that differs from one of these by case alone is refused: some endpoints would take it for that. */
  readonly fields?: Readonly<Record<string, FieldMap>>
  /** Members that must be there, and not null. */
  readonly required?: readonly string[]
  /** Of the items of an array. */
  readonly items?: FieldMap
  /** Of members whose names are the caller's own. */
  readonly values?: FieldMap
  /** Objects of several forms. */
  readonly forms?: Forms
  /** Names that stand by their name at any depth below (the keywords of JSON Schema). */
  readonly words?: ReadonlySet<string>
  /** A part of a message: content that cannot be scanned is listed at its path, whatever place within says so. */
  readonly part?: true
  /** A part that is of this kind, unless what it holds was read as text. */
  readonly holds?: UnscannedKind
  /** What stands there refers to, or is, content of this kind. Of a place with forms: where it is no object. */
  readonly unscanned?: UnscannedKind
  /** A string that holds bytes (base64, a `data:` URL) or says where they are. */
  readonly media?: Media
  /** Arrays of numbers there are text in tokens: nothing can be read of them without the tokenizer. */
  readonly tokens?: true
  /** A string that is JSON: one that is not is listed, for nobody can say what an endpoint makes of it. */
  readonly json?: true
  /** The endpoint signed what stands there: it cannot be edited. */
  readonly sealed?: true
  /** The name of what the endpoint does or keeps on its own side where this is given, and is not false. */
  readonly acts?: string
  /** Something that the endpoint runs, named by this member. */
  readonly hosted?: string
  /** Hosts of URLs below are ones that the endpoint calls. */
  readonly hosts?: true
  /** Names of what the endpoint does on its own side unless these members say `false`. */
  readonly actsUnless?: Readonly<Record<string, string>>
  /** The same, where these members are not there. */
  readonly actsWithout?: Readonly<Record<string, string>>
}

/** Told apart by the text of one member. */
export interface Forms {
  readonly member: string
  readonly of: Readonly<Record<string, FieldMap>>
  /** Where the member is not there. Left out: refused. */
  readonly without?: FieldMap
  /** Where its text is none of these. */
  readonly other: FieldMap
}

export interface Media {
  /** What it is where it is not read as text. */
  readonly kind: UnscannedKind
  /** The member beside it that names its media type, or its file. */
  readonly type?: string
  readonly name?: string
}

type Traits = Omit<FieldMap, 'fields' | 'items' | 'values' | 'forms'>

/** Places below words that are kept for the next body; a body that goes elsewhere makes its own. */
const mostKept = 1000

interface Kept { count: number }

/** One place of a map, ready to be walked. Places that the map does not know are places too. */
export class Place {
  /** As policies see it: names known to the map, others as `*`. */
  readonly pattern: string
  readonly traits: Traits
  readonly #fields: Map<string, Place>
  readonly #folded: ReadonlySet<string>
  readonly #values: Place | null
  readonly #items: Place | null
  readonly #forms: CompiledForms | null
  readonly #kept: Kept
  #unknown: Place | null = null

  /** @param pattern of the place; empty for the root of a body */
  constructor (map: FieldMap, pattern: string, kept: Kept = { count: 0 }) {
    const { fields, items, values, forms, ...traits } = map
    this.pattern = pattern
    this.traits = traits
    this.#fields = new Map(Object.entries(fields ?? {}).map(([name, field]) => [name, new Place(field, `${pattern}/${name}`)]))
    this.#folded = new Set([...this.#fields.keys()].map(fold))
    this.#values = values === undefined ? null : new Place(values, `${pattern}/*`)
    this.#items = items === undefined ? null : new Place(items, `${pattern}/*`)
    this.#forms = forms === undefined ? null : compileForms(forms, { ...traits, ...(fields === undefined ? {} : { fields }) }, pattern)
    this.#kept = kept
  }

  /** The place of a member, or null where its name is content. Throws GW_REQUEST_INVALID for another spelling of a name. */
  field (name: string): Place | null {
    const known = this.#fields.get(name)
    if (known !== undefined) return known
    const { words } = this.traits
    if (words !== undefined) return words.has(name) ? this.#word(name, words) : null
    if (this.#folded.size > 0 && this.#folded.has(fold(name))) throw new GatewayError('GW_REQUEST_INVALID')
    return null
  }

  #word (name: string, words: ReadonlySet<string>): Place {
    const place = new Place({ words }, `${this.pattern}/${name}`, this.#kept)
    if (this.#kept.count < mostKept) {
      this.#kept.count++
      this.#fields.set(name, place)
    }
    return place
  }

  /** The place of a member whose name is content. */
  get value (): Place {
    return this.#values ?? this.#below()
  }

  get item (): Place {
    return this.#items ?? this.#below()
  }

  #below (): Place {
    const { words } = this.traits
    this.#unknown ??= new Place(words === undefined ? {} : { words }, `${this.pattern}/*`, this.#kept)
    return this.#unknown
  }

  /** The same place, as the object that stands there has it. Throws GW_REQUEST_INVALID for an object of no form. */
  formOf (node: JsonObject): Place {
    if (this.#forms === null) return this
    const { member, of, without, other } = this.#forms
    const value = presentMember(node, member)
    if (value === null && without !== null) return without.formOf(node)
    if (value?.kind !== 'string') throw new GatewayError('GW_REQUEST_INVALID')
    return (of.get(value.text) ?? of.get(plainName(value.text)) ?? other).formOf(node)
  }
}

interface CompiledForms { readonly member: string, readonly of: ReadonlyMap<string, Place>, readonly without: Place | null, readonly other: Place }

/** Every form has what is said of all of them but their kind, and knows the member that tells them apart. */
function compileForms ({ member, of, without, other }: Forms, { unscanned: _own, ...common }: FieldMap, pattern: string): CompiledForms {
  const compile = (map: FieldMap): Place => new Place({ ...common, ...map, fields: { [member]: {}, ...common.fields, ...map.fields } }, pattern)
  return {
    member,
    of: new Map(Object.entries(of).map(([text, map]) => [text, compile(map)])),
    without: without === undefined ? null : compile(without),
    other: compile(other)
  }
}

/** Upper case first: it takes `ſ` and the Kelvin sign to plain letters too. */
function fold (name: string): string {
  return name.toUpperCase().toLowerCase()
}
