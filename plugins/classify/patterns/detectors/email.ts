/** E-mail addresses: `pii.email_address`. */
import type { Detector } from '../detector.ts'

/** Last labels that are file names far more often than domains (`icon@2x.png`). */
const fileEndings = new Set(['png', 'jpg', 'jpeg', 'gif', 'svg', 'webp', 'css', 'js', 'mjs', 'cjs', 'ts', 'tsx', 'jsx', 'json', 'html', 'xml', 'yaml', 'yml', 'toml', 'lock', 'log', 'txt', 'exe', 'dll', 'class', 'local', 'localdomain', 'internal', 'service', 'target', 'socket', 'timer', 'slice', 'prototype', 'length'])

/** The account by which repositories are reached, not a person. */
const machine = /^git@(?:[\w-]{1,40}\.){0,3}(?:github|gitlab|bitbucket|codeberg|gitea|azure|sr)\./i

function weighEmail (value: string): number {
  const ending = value.slice(value.lastIndexOf('.') + 1).toLowerCase()
  const isMade = /^\.|\.\.|\.@/.test(value) || machine.test(value)
  return isMade || fileEndings.has(ending) || /^\d+x\./.test(value.slice(value.indexOf('@') + 1)) ? 0 : 900
}

/** `jane [at] example [dot] com`. */
const spelt = /(?<=(?<before>(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_%+-])? {0,2}))[[({<](?:at|AT|At|@)[\])}>] {0,2}[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?: {0,2}(?:[[({<](?:dot|DOT|Dot|\.)[\])}>]|\.) {0,2}[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?){1,5}(?![A-Za-z0-9_-])/y

export const email: readonly Detector[] = [
  {
    label: 'pii.email_address',
    anchor: { kind: 'at' },
    pattern: /(?<!:\/\/[^\s:@/]{0,64}:[^\s@/]{1,128})(?<=(?<![\p{L}\p{N}._%+-])(?<before>[\p{L}\p{N}_%+'.!#$&*=?^`{|}~-]{0,63}[\p{L}\p{N}_%+-]))@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}(?:xn--[A-Za-z0-9-]{2,59}|\p{L}{2,24})(?![\p{L}\p{N}_-])/uy,
    weigh: weighEmail
  },
  {
    label: 'pii.email_address',
    anchor: { kind: 'at' },
    pattern: /(?<=(?<before>(?<![\w"])"[^"\s@<>]{1,62}"))@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w-])/y,
    weigh: weighEmail
  },
  {
    label: 'pii.email_address',
    anchor: { kind: 'words', words: ['[at]', '(at)', '{at}', '<at>', '[@]', '(@)'] },
    pattern: spelt,
    weigh: () => 800
  }
]
