/** What authors may write: packages, rules and their form. A rule that the library would pass over is a fault. */
import type { Diagnostic, SyntaxTree } from './compiler/types.ts'

/** The kinds of rules that the library combines, by where they stand. */
export const ruleKinds = {
  policy: ['permit', 'forbid', 'restrict', 'redact', 'oblige', 'classify'],
  response: ['block', 'redact', 'oblige'],
  tenant: ['forbid', 'restrict', 'redact', 'oblige', 'classify']
} as const

export type PackageKind = keyof typeof ruleKinds

const allKinds: ReadonlySet<string> = new Set(Object.values(ruleKinds).flat())

interface Place { readonly file: string, readonly row: number, readonly col: number }

export interface Term { readonly type: string, readonly value: unknown, readonly location?: Place }

export interface Rule {
  readonly default?: boolean
  readonly location?: Place
  readonly head: { readonly name?: string, readonly args?: readonly Term[], readonly key?: Term, readonly value?: Term, readonly ref?: readonly Term[], readonly location?: Place }
}

export interface Module {
  readonly package: { readonly path: readonly Term[], readonly location?: Place }
  readonly rules?: readonly Rule[]
}

/** The module of a tree: its form is OPA's, which the compiler's digest pins. */
export function moduleOf (tree: SyntaxTree): Module {
  return tree.module as Module
}

/** Faults of one file. `isTenant` says that it lies in a tenant's folder. */
export function refuseModule (tree: SyntaxTree, isTenant: boolean): Diagnostic[] {
  const module = moduleOf(tree)
  const path = module.package.path.slice(1).map(({ value }) => String(value))
  const wrong = wrongPackage(path, isTenant)
  if (wrong !== null) return [faultAt(tree.path, module.package.path.at(-1)?.location ?? module.package.location, 'policy_package_error', wrong)]
  const kind = kindOf(path)
  return kind === null ? [] : (module.rules ?? []).flatMap(rule => refuseRule(tree.path, rule, kind))
}

/** The kind of a package that the library reads, or null for a library of the author. */
export function kindOf (path: readonly string[]): PackageKind | null {
  const [root, kind] = path
  return root === 'gateway' && kind !== undefined && Object.hasOwn(ruleKinds, kind) ? kind as PackageKind : null
}

function wrongPackage (path: readonly string[], isTenant: boolean): string | null {
  const [root, kind] = path
  const name = path.join('.')
  if (isTenant) return kindOf(path) === 'tenant' && path.length === 3 ? null : `package ${name}: files of a tenant belong to packages gateway.tenant.<area>`
  if (root !== 'gateway') return root === 'system' ? `package ${name}: system is not for policies` : null
  if (kind === 'lib' && path.length > 2) return null
  if (kind === 'tenant') return `package ${name}: rules of a tenant lie in tenants/<name>/`
  if (kindOf(path) !== null && path.length === 3) return null
  return `package ${name}: rules belong to packages gateway.policy.<area> or gateway.response.<area>, and what they share to gateway.lib.<area>`
}

function refuseRule (file: string, rule: Rule, kind: PackageKind): Diagnostic[] {
  const name = nameOf(rule)
  if (!allKinds.has(name)) return []
  const place = rule.head.location ?? rule.location
  const allowed: readonly string[] = ruleKinds[kind]
  if (!allowed.includes(name)) return [faultAt(file, place, 'policy_rule_error', `${name} has no meaning in packages gateway.${kind}: they hold ${allowed.join(', ')}`)]
  return isPartialSet(rule) ? [] : [faultAt(file, place, 'policy_rule_error', `${name} is written as \`${name} contains ...\``)]
}

export function nameOf ({ head }: Rule): string {
  return String(head.ref?.[0]?.value ?? head.name ?? '')
}

function isPartialSet ({ head, default: isDefault }: Rule): boolean {
  return head.key !== undefined && head.value === undefined && head.args === undefined && (head.ref?.length ?? 1) === 1 && isDefault !== true
}

export function faultAt (file: string, place: Place | undefined, code: string, message: string): Diagnostic {
  return { file, row: place?.row ?? 1, column: place?.col ?? 1, code, message }
}
