import t from 'tap'
import { withMembers } from '../../../core/content/members.ts'

function added (body: string, members: Readonly<Record<string, unknown>> = { mark: { mode: 'x' } }): string {
  return Buffer.from(withMembers(Buffer.from(body), members)).toString()
}

t.test('members stand behind those of the object, whose bytes stay as they are', async t => {
  t.equal(added('{ "a" : 1.50 }\n'), '{ "a" : 1.50 ,"mark":{"mode":"x"}}\n')
  t.equal(added('{}'), '{"mark":{"mode":"x"}}')
})

t.test('a member that is there stays what it is', async t => {
  t.equal(added('{"mark":1}'), '{"mark":1}')
  t.equal(added('{"mark":1}', { mark: 2, other: 3 }), '{"mark":1,"other":3}')
})

t.test('what is no object is not touched', async t => {
  for (const body of ['', '[1]', '"x"', 'data: {}\n\n', '{"a":1}{"b":2}', '{"a":']) t.equal(added(body), body)
})
