/** Tokens made to get past the rules. Each is signed with the issuer's own key where that can be: only the rule is left to refuse it. */
import t, { type Test } from 'tap'
import { createPublicKey } from 'node:crypto'
import { CompactEncrypt, exportJWK, exportSPKI, generateKeyPair, importJWK, type JWK } from 'jose'
import { createIssuer } from '../../../helpers/issuer.ts'
import { encode, openFor, openForge, signHmac, type Opened, type Part } from '../parts.ts'

const forge = await openForge()
const { header, claims } = forge

/** Asks with a token whose header and payload are given; all else is right. */
async function askWith (t: Test, header: Part, payload: Part): Promise<string> {
  const stage = await openFor(t, forge.issuer)
  return codeOf(await stage.ask(await forge.make(header, payload)))
}

function codeOf (answer: Awaited<ReturnType<Opened['ask']>>): string {
  return typeof answer === 'string' ? answer : 'accepted'
}

/** A rule: a token with this header and payload is refused with this code. */
function refuses (name: string, header: Part, payload: Part, code = 'GW_IDENTITY_INVALID'): void {
  t.test(name, async t => { t.equal(await askWith(t, header, payload), code) })
}

t.test('the token that the others are made from is accepted', async t => {
  t.equal(await askWith(t, header, claims()), 'accepted')
})

t.test('alg none is refused in every spelling, with and without a signature', async t => {
  const stage = await openFor(t, forge.issuer)
  for (const alg of ['none', 'None', 'NONE', 'nOnE', 'none ', '']) {
    const signed = await forge.make({ ...header, alg }, claims())
    const bare = `${encode({ ...header, alg })}.${encode(claims())}.`
    for (const token of [signed, bare]) t.equal(await stage.ask(token), 'GW_IDENTITY_INVALID', JSON.stringify(alg))
  }
})

t.test('the public key is no shared secret', async t => {
  const rsa = await createIssuer({ algorithm: 'RS256' })
  const stage = await openFor(t, rsa, { algorithms: ['RS256'] })
  const publicKey = await importJWK(rsa.jwks.keys[0] as JWK, 'RS256', { extractable: true })
  const pem = await exportSPKI(publicKey as never)
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' })
  for (const secret of [pem, pem.trim(), der, JSON.stringify(rsa.jwks.keys[0])]) {
    for (const alg of ['HS256', 'RS256']) {
      t.equal(await stage.ask(signHmac({ alg, kid: 'test-1' }, { ...claims(), iss: rsa.issuer }, secret)), 'GW_IDENTITY_INVALID')
    }
  }
})

t.test('an algorithm that the issuer\'s list leaves out is refused though the key could verify it', async t => {
  const rsa = await createIssuer({ algorithm: 'PS256' })
  const { alg: _alg, ...key } = rsa.jwks.keys[0] as JWK
  const stage = await openFor(t, { ...rsa, jwks: { keys: [key] } }, { algorithms: ['RS256'] })
  t.equal(await stage.ask(await rsa.sign()), 'GW_IDENTITY_INVALID')
})

t.test('an algorithm other than the key\'s own is refused', async t => {
  const rsa = await createIssuer({ algorithm: 'PS256' })
  const stage = await openFor(t, { ...rsa, jwks: { keys: rsa.jwks.keys.map(key => ({ ...key, alg: 'RS256' })) } }, { algorithms: ['RS256', 'PS256'] })
  t.equal(await stage.ask(await rsa.sign()), 'GW_IDENTITY_INVALID')
})

for (const name of ['jwk', 'jku', 'x5u', 'x5c'] as const) {
  t.test(`a key that the token brings or points to as ${name} is not used`, async t => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const brought = { jwk: await exportJWK(publicKey), jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/cert', x5c: ['MIIB'] }
    const token = await forge.issuer.sign(claims(), { key: privateKey, header: { [name]: brought[name] } })
    t.equal(await (await openFor(t, forge.issuer)).ask(token), 'GW_IDENTITY_INVALID')
  })
}

t.test('a token with the right kid and another key is refused', async t => {
  const { privateKey } = await generateKeyPair('ES256')
  t.equal(await (await openFor(t, forge.issuer)).ask(await forge.issuer.sign(claims(), { key: privateKey })), 'GW_IDENTITY_INVALID')
})

t.test('a kid is compared and used for nothing else', async t => {
  const stage = await openFor(t, forge.issuer)
  for (const kid of ['../../../../dev/null', '/dev/null', "x' UNION SELECT 'key", 'test-1\0', 'TEST-1', '__proto__', 'toString', '']) {
    t.equal(await stage.ask(await forge.make({ ...header, kid }, claims())), 'GW_IDENTITY_INVALID', kid)
  }
})

refuses('a kid that is no text is refused', { ...header, kid: 1 }, claims())
refuses('an algorithm that is no text is refused', { ...header, alg: ['ES256'] }, claims())
refuses('an unknown critical extension is refused', { ...header, crit: ['exp'], exp: 1 }, claims())
refuses('an empty list of critical extensions is refused', { ...header, crit: [] }, claims())
refuses('an unencoded payload (b64: false) is refused', { ...header, b64: false, crit: ['b64'] }, claims())
refuses('b64 without crit is refused', { ...header, b64: false }, claims())
refuses('a typ of another kind of token is refused', { ...header, typ: 'logout+jwt' }, claims())
refuses('a DPoP proof is no access token', { ...header, typ: 'dpop+jwt' }, claims())
refuses('a typ that is no text is refused', { ...header, typ: ['JWT'] }, claims())

t.test('the typ of an access token is accepted in any case', async t => {
  for (const typ of ['JWT', 'jwt', 'Jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'application/AT+jwt']) {
    t.equal(await askWith(t, { ...header, typ }, claims()), 'accepted', typ)
  }
})

refuses('a key twice in the header is refused', '{"alg":"ES256","kid":"test-1","alg":"ES256"}', claims())

t.test('duplicate keys of the payload are refused at any depth and in any spelling', async t => {
  const base = JSON.stringify(claims())
  t.equal(await askWith(t, header, base), 'accepted')
  for (const extra of ['"sub":"admin"', '"s\\u0075b":"admin"', '"a":{"b":1,"b":2}', '"a":[{"b":{"c":1,"\\u0063":1}}]']) {
    t.equal(await askWith(t, header, base.replace('{', `{${extra},`)), 'GW_IDENTITY_INVALID', extra)
  }
})

t.test('the same key in different objects, or as a value, is no duplicate', async t => {
  const base = JSON.stringify(claims())
  for (const extra of ['"a":{"sub":"x"}', '"a":[{"b":1},{"b":1}]', '"a":"sub"', '"a":["x","x"]', '"a":"\\"sub\\":"', '"a":"{\\"sub\\":1,\\"sub\\":2}"']) {
    t.equal(await askWith(t, header, base.replace('{', `{${extra},`)), 'accepted', extra)
  }
})

refuses('a payload that is no object is refused', header, '["iss"]')
refuses('a payload that is no JSON is refused', header, 'iss=me')
refuses('an empty payload is refused', header, '')
refuses('a header that is no object is refused', '"ES256"', claims())
refuses('invalid UTF-8 in the payload is refused', header, Buffer.concat([Buffer.from(JSON.stringify(claims({ name: '' })).replace('"name":""}', '"name":"')), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]))
refuses('a byte order mark before the payload is refused', header, `\ufeff${JSON.stringify(claims())}`)
refuses('half a surrogate pair in the subject is refused', header, JSON.stringify(claims({ sub: 'X' })).replace('"X"', '"\\ud800"'))
refuses('a control character in the subject is refused', header, claims({ sub: 'a\nb' }))

t.test('padded and non-canonical base64url is refused in every part', async t => {
  const stage = await openFor(t, forge.issuer)
  const [head = '', body = '', signature = ''] = (await forge.make(header, claims())).split('.')
  t.equal(codeOf(await stage.ask([head, body, signature].join('.'))), 'accepted')
  const last = signature.slice(-1)
  const sameBits = { A: 'B', Q: 'R', g: 'h', w: 'x' }[last] ?? 'B' // other unused bits, the same bytes
  const variants = [
    [`${head}=`, body, signature], [head, `${body}=`, signature], [head, body, `${signature}==`], [head, body, signature.slice(0, -1) + sameBits],
    [head, body, signature.replaceAll('-', '+').replaceAll('_', '/') + '='], [head, `${body} `, signature], [head, `${body}\n`, signature]
  ]
  for (const parts of variants) t.equal(await stage.ask(parts.join('.')), 'GW_IDENTITY_INVALID')
})

t.test('more or fewer than three parts are refused', async t => {
  const stage = await openFor(t, forge.issuer)
  const token = await forge.make(header, claims())
  for (const text of [token.split('.').slice(0, 2).join('.'), `${token}.`, `${token}.x`, `.${token}`, '..', 'x']) {
    t.equal(await stage.ask(text), 'GW_IDENTITY_INVALID', text.slice(-20))
  }
})

t.test('a token of more than 16 KiB is refused, whatever it says', async t => {
  t.equal(await askWith(t, header, claims({ note: 'x'.repeat(9000) })), 'accepted')
  t.equal(await askWith(t, header, claims({ note: 'x'.repeat(16_384) })), 'GW_IDENTITY_INVALID')
})

t.test('an encrypted token is refused', async t => {
  const { publicKey } = await generateKeyPair('ECDH-ES')
  const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(claims()))).setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' }).encrypt(publicKey)
  t.equal(await (await openFor(t, forge.issuer)).ask(jwe), 'GW_IDENTITY_INVALID')
})

refuses('a token for another audience is refused', header, claims({ aud: 'other' }))
refuses('a token without an audience is refused', header, claims({ aud: undefined }))
refuses('an empty audience is refused', header, claims({ aud: [] }))
refuses('an audience that only begins like ours is refused', header, claims({ aud: 'sallyport.evil.example' }))
refuses('an audience in another case is refused', header, claims({ aud: 'Sallyport' }))
refuses('a list of audiences without ours is refused', header, claims({ aud: ['other', 'another'] }))
refuses('a list of audiences with something else than texts is refused', header, claims({ aud: ['sallyport', 1] }))
refuses('an audience that is an object is refused', header, claims({ aud: { sallyport: true } }))

t.test('a list of audiences with ours is accepted', async t => {
  t.equal(await askWith(t, header, claims({ aud: ['other', 'sallyport'] })), 'accepted')
})

t.test('any one of several configured audiences is enough', async t => {
  const stage = await openFor(t, forge.issuer, { audience: ['one', 'two'] })
  t.equal(codeOf(await stage.ask(await forge.make(header, claims({ aud: 'two' })))), 'accepted')
  t.equal(await stage.ask(await forge.make(header, claims({ aud: 'sallyport' }))), 'GW_IDENTITY_INVALID')
})

for (const iss of ['https://idp.test.example/', 'https://idp.test.example.evil', 'https://idp.test.exampl', 'HTTPS://idp.test.example', ' https://idp.test.example', 'https://idp.test.example#']) {
  refuses(`the issuer is compared letter by letter: ${JSON.stringify(iss)}`, header, claims({ iss }), 'GW_IDENTITY_UNTRUSTED_ISSUER')
}
refuses('a token without an issuer is refused', header, claims({ iss: undefined }))
refuses('a list of issuers is refused', header, claims({ iss: [forge.issuer.issuer] }))

const now = Math.floor(Date.now() / 1000)
refuses('an expired token is refused', header, claims({ exp: now - 60 }), 'GW_IDENTITY_EXPIRED')
refuses('a token that never expires is refused', header, claims({ exp: undefined }))
refuses('an expiry that is a text is refused', header, claims({ exp: String(now + 300) }))
refuses('an expiry that is null is refused', header, claims({ exp: null }))
refuses('an expiry that is true is refused', header, claims({ exp: true }))
refuses('an expiry beyond all dates is refused', header, claims({ exp: 1e300 }))
refuses('a token not yet valid is refused', header, claims({ nbf: now + 3600 }))
refuses('a not-before that is no number is refused', header, claims({ nbf: 'now' }))
refuses('a token from the future is refused', header, claims({ iat: now + 3600 }))
refuses('an issue time that is no number is refused', header, claims({ iat: {} }))

t.test('an infinite expiry is refused', async t => {
  for (const exp of ['1e999', '-1e999']) {
    t.equal(await askWith(t, header, JSON.stringify(claims()).replace(/"exp":\d+/, `"exp":${exp}`)), 'GW_IDENTITY_INVALID')
  }
})

t.test('NaN is no JSON', async t => {
  t.equal(await askWith(t, header, JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":NaN')), 'GW_IDENTITY_INVALID')
})

t.test('times with a fraction are times (RFC 7519), and become whole milliseconds', async t => {
  const stage = await openFor(t, forge.issuer)
  t.match(await stage.ask(await forge.make(header, claims({ exp: now + 300.0625, nbf: now - 0.5, iat: now - 1.25 }))), { expiresMs: (now + 300) * 1000 + 62 })
})

refuses('a token with neither subject nor client is refused', header, claims({ sub: undefined }))
refuses('an empty subject is refused', header, claims({ sub: '' }))
refuses('a subject that is no text is refused', header, claims({ sub: 17 }))
refuses('a token bound to a key is refused without its proof', header, claims({ cnf: { jkt: 'x' } }), 'GW_IDENTITY_PROOF_MISSING')
refuses('a token bound to a certificate is refused without it', header, claims({ cnf: { 'x5t#S256': 'x' } }), 'GW_IDENTITY_PROOF_MISSING')
refuses('an empty confirmation is still one', header, claims({ cnf: null }), 'GW_IDENTITY_PROOF_MISSING')
