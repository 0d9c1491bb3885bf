/** The JSON Schema that a request asks its answer to hold to, where the dialect has a place for one. */
import { memberOf, readJson } from '../../../core/content/json.ts'
import type { Protocol } from '../../../core/protocol/contract.ts'

/** @param places members from the body down to the schema; the first that there is counts */
export function outputSchemaAt (...places: ReadonlyArray<readonly string[]>): NonNullable<Protocol['outputSchema']> {
  return ({ body }) => {
    const root = readJson(body)
    for (const place of places) {
      const node = place.reduce<ReturnType<typeof memberOf>>(memberOf, root)
      if (node?.kind === 'object') return Buffer.from(body.buffer, body.byteOffset + node.start, node.end - node.start).toString('utf8')
    }
    return null
  }
}
