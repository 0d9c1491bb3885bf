#!/usr/bin/env node
import { dispatch } from './cli/dispatch.ts'

/** A reader that went away (`| head`) is no fault. */
function quietOnClosedPipe (error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(process.exitCode ?? 0)
}

process.stdout.on('error', quietOnClosedPipe)
process.stderr.on('error', quietOnClosedPipe)
process.exitCode = await dispatch(process.argv.slice(2))
