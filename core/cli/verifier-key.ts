/** The public key of a log, for whoever verifies it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { verifierFile } from '../audit/folder.ts'
import { parseVerifier } from '../audit/verify/note.ts'

/**
 * The note verifier key (`origin+hash+base64`) of the log in a gateway's data folder. Throws where there are no keys yet.
 * @param data the folder that the configuration names
 */
export async function verifierKeyOf (data: string): Promise<string> {
  const text = await read(verifierFile(join(data, 'audit')))
  parseVerifier(text)
  return text.trim()
}

async function read (file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Error('the log has no keys yet: the first start makes them, or sallyport keys new', { cause })
  }
}
