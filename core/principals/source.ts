/** Where roles and groups come from: a file, or a URL that is polled with `If-None-Match` (RFC 9110 section 13.1.2). */
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import { isObject } from '../config/document.ts'
import type { PrincipalsConfig } from '../config/types.ts'
import { readEntries, type PrincipalEntries, type PrincipalEntry } from './entries.ts'

const deadlineMs = 10_000
const limitBytes = 16 * 1024 * 1024
const mostPages = 1000

/** Answers the entries, or null where they are as they were. Throws Error where they cannot be had. */
export type LoadEntries = (signal: AbortSignal) => Promise<PrincipalEntries | null>

export function entriesSource (config: PrincipalsConfig): LoadEntries {
  const { source } = config
  if ('file' in source) return async () => entriesOf([JSON.parse(await readFile(source.file, 'utf8'))], config)
  return pollUrl(source, config)
}

type UrlSource = Extract<PrincipalsConfig['source'], { readonly url: string }>

function pollUrl (source: UrlSource, config: PrincipalsConfig): LoadEntries {
  let tag: string | null = null
  return async signal => {
    const agent = await openAgent(source)
    try {
      const first = await ask(source, agent, new URL(source.url), tag, signal)
      if (first === null) return null
      const pages = await allPages(source, agent, first.document, signal)
      const entries = entriesOf(pages, config)
      tag = pages.length === 1 ? first.tag : null // the tag of a first page says nothing of the others
      return entries
    } finally {
      agent.destroy().catch(() => {})
    }
  }
}

async function openAgent ({ authorities }: UrlSource): Promise<Agent> {
  return new Agent({ connections: 1, connect: { timeout: deadlineMs, ...(authorities === null ? {} : { ca: await readFile(authorities, 'utf8') }) } })
}

interface Page { readonly document: unknown, readonly tag: string | null }

/** Null where the source says that nothing changed. Redirects are not followed. */
async function ask ({ token }: UrlSource, dispatcher: Agent, url: URL, tag: string | null, closing: AbortSignal): Promise<Page | null> {
  const { statusCode, headers, body } = await request(url, {
    dispatcher,
    signal: AbortSignal.any([AbortSignal.timeout(deadlineMs), closing]),
    headers: {
      accept: 'application/scim+json, application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(tag === null ? {} : { 'if-none-match': tag })
    }
  })
  const text = await readText(body)
  if (statusCode === 304 && tag !== null) return null
  if (statusCode !== 200) throw new Error(`the source of principals answered ${statusCode}`)
  return { document: JSON.parse(text), tag: typeof headers['etag'] === 'string' ? headers['etag'] : null }
}

/** Further pages of a SCIM list (RFC 7644 section 3.4.2.4). */
async function allPages (source: UrlSource, agent: Agent, first: unknown, signal: AbortSignal): Promise<unknown[]> {
  const pages = [first]
  let had = countOf(first)
  while (had < totalOf(first)) {
    if (pages.length >= mostPages) throw new Error('the source of principals has too many pages')
    const url = new URL(source.url)
    url.searchParams.set('startIndex', String(had + 1))
    const next = await ask(source, agent, url, null, signal)
    const count = countOf(next?.document)
    if (count === 0) throw new Error('the source of principals ends before its total')
    pages.push(next?.document)
    had += count
  }
  return pages
}

function countOf (document: unknown): number {
  const list: unknown = isObject(document) ? document['Resources'] : null
  return Array.isArray(list) ? list.length : 0
}

function totalOf (document: unknown): number {
  const total: unknown = isObject(document) ? document['totalResults'] : null
  return typeof total === 'number' ? total : 0
}

async function readText (body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > limitBytes) throw new Error('the answer of the source of principals is too large')
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, length))
}

function entriesOf (documents: readonly unknown[], config: PrincipalsConfig): PrincipalEntries {
  const entries = new Map<string, PrincipalEntry>()
  for (const document of documents) readEntries(document, config, entries)
  return entries
}
