import t from 'tap'
import { disclosure } from '../../../../plugins/response/filter/disclosure.ts'
import { obligation } from './parts.ts'

function said (parameters: Readonly<Record<string, unknown>>): string | null {
  return disclosure([obligation('mark', parameters, 'eu_marker')])
}

t.test('values take the forms of RFC 9651', async t => {
  t.equal(said({ a: true }), 'a')
  t.equal(said({ a: false }), 'a=?0')
  t.equal(said({ a: 42, b: -1 }), 'a=42, b=-1')
  t.equal(said({ a: 'x "y" \\z' }), 'a="x \\"y\\" \\\\z"')
  t.equal(said({ a: ['x', 1, true] }), 'a=("x" 1 ?1)')
})

t.test('a text beyond ASCII is a display string, so that no byte of it can end the header', async t => {
  t.equal(said({ a: 'für "alle" 100%' }), 'a=%"f%c3%bcr %22alle%22 100%25"')
  t.equal(said({ a: 'x\r\nset-cookie: a=b' }), 'a=%"x%0d%0aset-cookie: a=b"')
})

t.test('members are sorted', async t => {
  t.equal(said({ b: 1, a: 2 }), 'a=2, b=1')
})

t.test('a mark without parameters is a member by its id', async t => {
  t.equal(said({}), 'eu_marker')
})

t.test('what the format has no form for cannot be said', async t => {
  for (const value of [1.5, 1e15, NaN, null, undefined, { b: 1 }, [['x']], [{}], '\ud800']) t.equal(said({ a: value }), null)
  for (const name of ['A', 'a b', '1a', '', 'a\r\n']) t.equal(said({ [name]: 1 }), null)
})

t.test('an id that is no name cannot be said', async t => {
  t.equal(disclosure([obligation('mark', {}, 'EU marker')]), null)
})

t.test('one name with two values cannot be said, with one value twice it can', async t => {
  t.equal(disclosure([obligation('mark', { a: 1 }), obligation('mark', { a: 2 })]), null)
  t.equal(disclosure([obligation('mark', { a: 1 }), obligation('mark', { a: 1 })]), 'a=1')
})
