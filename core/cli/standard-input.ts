/** Standard input as a whole, for commands that take a secret: it would be seen on the command line. */

const mostBytes = 1024 * 1024

/** Throws Error for more than a mebibyte. */
export async function readInput (): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > mostBytes) throw new Error('standard input holds more than a mebibyte')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length).toString('utf8')
}
