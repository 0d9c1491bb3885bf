/** What the audit phase may do, bound to the open exchanges: core makes the record, the plugin says how to commit it. */
import { GatewayError } from '../errors.ts'
import type { AuditCommit, AuditView, CommitOptions } from '../enforce/commit.ts'
import { hideSubjects } from '../audit/pseudonym.ts'
import type { Receipt } from '../audit/receipt.ts'
import type { SettleResult } from '../pipeline/plugin.ts'
import { bodyKey } from './body-key.ts'
import type { Exchange } from './exchange.ts'
import { decisionBody, outcomeBody, oversizeBody } from './record.ts'
import type { UnderWay } from './under-way.ts'

/** How long an outcome may take to become durable before the connection is cut. */
export const outcomeDeadlineMs = 10_000

export function createCommit (underWay: UnderWay): AuditCommit {
  const find = (view: AuditView): Exchange => {
    const exchange = underWay.ofDecision(view.decision.id)
    if (exchange === undefined) throw new GatewayError('GW_INTERNAL')
    return exchange
  }
  return {
    decision: async (view, options) => await commitDecision(find(view), view, options),
    outcome: async (view, result, _options) => { await commitOutcome(find(view), result) }
  }
}

async function commitDecision (x: Exchange, view: AuditView, options: CommitOptions): Promise<Receipt> {
  const made = decisionBody(x, view)
  const body = options.identity === 'pseudonym' ? hideSubjects(made, bodyKey(x)) : made
  try {
    return await x.services.audit.append(body, { deadlineMs: options.deadlineMs })
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.code !== 'GW_AUDIT_OVERSIZE') throw thrown
    await x.services.audit.append(oversizeBody(body), { deadlineMs: options.deadlineMs })
    x.recorded = true
    throw thrown
  }
}

/** Only a permit that was recorded has an outcome: a denial is complete by itself. */
async function commitOutcome (x: Exchange, result: SettleResult): Promise<void> {
  const { receipt } = x.run.facts
  if (result.decision === 'deny' || receipt === undefined) return
  await x.services.audit.append(outcomeBody(x, receipt, result), { deadlineMs: outcomeDeadlineMs })
}
