/** The Rego compiler for one command: started quickly, and ended whatever happens. */
import { preferFastStart, startCompiler, type Compiler } from '../../../rego/compiler/compiler.ts'

export async function withCompiler<T> (use: (compiler: Compiler) => Promise<T>): Promise<T> {
  preferFastStart()
  const compiler = await startCompiler()
  try {
    return await use(compiler)
  } finally {
    await compiler.close()
  }
}
