/** The builtins of Rego that a policy may use when it is enforced: OPA's native ones, and the few that the engine serves. */

/**
 * Builtins of OPA that are not in `policy.wasm` itself and that the engine does not serve: refused when a policy is compiled.
 * What depends on the clock, chance or the network is refused by the compiler before.
 */
export const unservedBuiltins: readonly string[] = [
  'crypto.hmac.equal', 'crypto.hmac.md5', 'crypto.hmac.sha1', 'crypto.hmac.sha256', 'crypto.hmac.sha512', 'crypto.md5',
  'crypto.parse_private_keys', 'crypto.sha1', 'crypto.sha256', 'crypto.x509.parse_and_verify_certificates',
  'crypto.x509.parse_and_verify_certificates_with_options', 'crypto.x509.parse_certificate_request', 'crypto.x509.parse_certificates',
  'crypto.x509.parse_keypair', 'crypto.x509.parse_rsa_private_key', 'glob.quote_meta', 'graph.reachable_paths', 'graphql.is_valid',
  'graphql.parse', 'graphql.parse_and_verify', 'graphql.parse_query', 'graphql.parse_schema', 'graphql.schema_is_valid', 'hex.decode',
  'hex.encode', 'http.send', 'indexof_n', 'io.jwt.decode', 'io.jwt.decode_verify', 'io.jwt.encode_sign', 'io.jwt.encode_sign_raw',
  'io.jwt.verify_eddsa', 'io.jwt.verify_es256', 'io.jwt.verify_es384', 'io.jwt.verify_es512', 'io.jwt.verify_hs256', 'io.jwt.verify_hs384',
  'io.jwt.verify_hs512', 'io.jwt.verify_ps256', 'io.jwt.verify_ps384', 'io.jwt.verify_ps512', 'io.jwt.verify_rs256', 'io.jwt.verify_rs384',
  'io.jwt.verify_rs512', 'json.marshal_with_options', 'json.match_schema', 'json.patch', 'json.verify_schema', 'net.cidr_contains_matches',
  'net.cidr_expand', 'net.cidr_is_valid', 'net.cidr_merge', 'net.lookup_ip_addr', 'numbers.range_step', 'object.subset', 'opa.runtime',
  'providers.aws.sign_req', 'rand.intn', 'regex.find_n', 'regex.globs_match', 'regex.replace', 'regex.split', 'regex.template_match',
  'rego.parse_module', 'semver.compare', 'semver.is_valid', 'strings.count', 'strings.render_template', 'strings.split_n', 'time.add_date',
  'time.clock', 'time.date', 'time.diff', 'time.format', 'time.now_ns', 'time.parse_duration_ns', 'time.parse_ns', 'time.parse_rfc3339_ns',
  'time.weekday', 'trace', 'units.parse', 'units.parse_bytes', 'uri.is_valid', 'uri.parse', 'urlquery.decode', 'urlquery.decode_object',
  'urlquery.encode', 'urlquery.encode_object', 'uuid.parse', 'uuid.rfc4122', 'yaml.is_valid', 'yaml.marshal', 'yaml.unmarshal'
]
