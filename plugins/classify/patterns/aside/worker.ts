/** The thread that reads long prompts: has the same detectors as the stage, made of the same configuration. */
import { parentPort, workerData } from 'node:worker_threads'
import { prepareRequests } from '../prepare.ts'
import { scanLeaves } from '../prompt.ts'
import type { Answer, Question, ThreadData } from './thread.ts'

const { config, folder } = workerData as ThreadData
const detection = prepareRequests(config, folder)

parentPort?.on('message', ({ id, leaves }: Question) => {
  parentPort?.postMessage(answerTo(id, leaves))
})

/** Of what went wrong its kind alone is told: messages may quote a text. */
function answerTo (id: number, leaves: Question['leaves']): Answer {
  try {
    return { id, findings: scanLeaves(leaves, detection) }
  } catch (thrown) {
    return { id, error: thrown instanceof Error ? thrown.name : 'unknown' }
  }
}
