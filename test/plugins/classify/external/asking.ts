/** A detector outside the gateway, scripted, and stages that ask it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import type { ClassificationPart, Leaf, Stage } from '../../../../core/pipeline/plugin.ts'
import type { ClassifyPresidioConfig } from '../../../../plugins/classify/presidio/config.ts'
import presidio from '../../../../plugins/classify/presidio/index.ts'
import type { ClassifyWebhookConfig } from '../../../../plugins/classify/webhook/config.ts'
import webhook from '../../../../plugins/classify/webhook/index.ts'
import type { Teardown } from '../../../helpers/folder.ts'

/** A question, as it arrived. */
export interface Asked { readonly texts: readonly string[], readonly body: Record<string, unknown>, readonly authorization: string | undefined }

export interface Service { readonly url: string, readonly asked: Asked[] }

/** @param answer what it says: a status alone, bytes, or JSON; nothing at all for `undefined` */
export async function startService (t: Teardown, answer: (asked: Asked, index: number) => unknown): Promise<Service> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { text?: string[], texts?: Array<{ text: string }> }
      const question = { texts: body.text ?? body.texts?.map(({ text }) => text) ?? [], body: body as Record<string, unknown>, authorization: request.headers.authorization }
      asked.push(question)
      const told = answer(question, asked.length - 1)
      if (told === undefined) return
      if (typeof told === 'number') response.writeHead(told, { location: 'http://127.0.0.1:1/' }).end('{}')
      else response.end(typeof told === 'string' ? told : JSON.stringify(told))
    })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/analyze`, asked }
}

export type AskingStage = Stage<'prompt', 'classification'>

const host = { log: pino({ level: 'silent' }), folder: '/', data: '/', taxonomy: ['public', 'internal', 'confidential', 'restricted'], closing: new AbortController().signal }

export async function presidioStage (t: Teardown, config: ClassifyPresidioConfig): Promise<AskingStage> {
  return closing(t, await presidio.setup(config as never, host))
}

export async function webhookStage (t: Teardown, config: ClassifyWebhookConfig): Promise<AskingStage> {
  return closing(t, await webhook.setup(config as never, host))
}

function closing (t: Teardown, stage: AskingStage): AskingStage {
  t.teardown(async () => { await stage.close?.() })
  return stage
}

export function leavesOf (...texts: readonly string[]): Leaf[] {
  return texts.map((text, index) => ({ path: ['messages', `${index}`, 'content'], pattern: '/messages/*/content', place: 'body', kind: 'string', text, start: 0, end: 0 }))
}

/** What the stage adds; throws what it halts with. */
export async function classify (stage: AskingStage, leaves: readonly Leaf[]): Promise<ClassificationPart> {
  const result = await stage.run({ prompt: { leaves } }, new AbortController().signal)
  if (result.kind === 'halt') throw result.error
  return result.facts.classification
}
