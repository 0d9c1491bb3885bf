import t from 'tap'
import { isJson, readMediaType } from '../../../core/content/media-type.ts'

t.test('a content type is read with its charset', async t => {
  t.same(readMediaType('Application/JSON; Charset="UTF-8"'), { type: 'application/json', charset: 'utf-8', hasOther: false })
  t.same(readMediaType('application/vnd.api+json;profile="https://x.example/p";charset=utf-8;'), { type: 'application/vnd.api+json', charset: 'utf-8', hasOther: true })
  for (const header of [null, '', '///', 'json', 'a/b/c', 'text/html, text/plain', 'a/b; x', 'a/b; charset=utf-8; charset=utf-16', 'a/b; charset="utf-8', 'a/ b']) t.equal(readMediaType(header), null, String(header))
})

t.test('JSON is JSON in UTF-8', async t => {
  const cases: Array<[header: string, expected: boolean]> = [
    ['application/json', true], ['application/problem+json; charset=utf-8', true], ['application/json; charset=utf-16', false], ['text/json', false], ['application/jsonp', false], ['application/x-ndjson', false]
  ]
  for (const [header, expected] of cases) {
    const media = readMediaType(header)
    t.equal(media !== null && isJson(media), expected, header)
  }
})
