/**
 * The files given as words, each in a process of its own, as one TAP stream. tap's own runner, and what `NODE_OPTIONS` says of it,
 * load hooks into these and into every process that they start, which compiled tests have no use for: a small file takes 0.3 s of CPU, and 1.2 s with them.
 */
import t from 'tap'

/** Seconds that a file may take. */
export const fileSeconds = Number(process.env['TAP_TIMEOUT'] ?? 240)

/** Tests wait for processes more than they compute: with one more of them than processors, none of those stands idle. */
t.jobs = 3
t.setTimeout(0) // each file has its own

for (const file of process.argv.slice(2)) {
  t.spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, '--enable-source-maps', file], { name: file, buffered: true, timeout: fileSeconds * 1000, env: { ...process.env, TAP_TIMEOUT: String(fileSeconds) } })
}
