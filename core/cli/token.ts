import { signDevelopmentToken } from '../../plugins/identity/issuer/development.ts'
import { durationMs } from '../config/duration.ts'
import { configurationOption, exitCodes, print, UsageError, type Command, type Words } from './command.ts'
import { configurationOf } from './configuration.ts'
import { claimsFor, developmentIssuers, type DevelopmentIssuer } from './development-issuers.ts'

export const command: Command = {
  name: 'token',
  usage: `usage: sallyport token [--config FILE] [--issuer URL] [--subject NAME] [--tenant NAME] [--role NAME]...
                       [--group NAME]... [--expires DURATION]

Prints a credential of a development issuer: one that the configuration marks with development: true. There is no way to
get one for any other issuer.

  --config FILE        the configuration; default ./sallyport.yaml
  --issuer URL         which one, where there are several
  --subject NAME       for whom; default developer
  --tenant NAME        of which tenant
  --role NAME          may be repeated
  --group NAME         may be repeated
  --expires DURATION   default 1h

exit codes: 0 printed, 1 no such issuer, 2 usage, 78 the configuration is refused

example: sallyport token --subject ada --role analyst`,
  options: {
    ...configurationOption,
    issuer: { type: 'string' },
    subject: { type: 'string' },
    tenant: { type: 'string' },
    role: { type: 'string', multiple: true },
    group: { type: 'string', multiple: true },
    expires: { type: 'string' }
  },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const lifetimeSeconds = lifetime(words)
    const { data, pipelines } = configurationOf(words)
    const issuer = choose(developmentIssuers(pipelines.values()), words.text('issuer'))
    const claims = claimsFor(issuer, {
      subject: words.text('subject') ?? 'developer', tenant: words.text('tenant'), roles: words.texts('role'), groups: words.texts('group')
    })
    print(await signDevelopmentToken(data, { issuer: issuer.issuer, audience: issuer.audience, claims, lifetimeSeconds }))
    return exitCodes.ok
  }
}

function lifetime (words: Words): number {
  const expires = words.text('expires') ?? '1h'
  const seconds = Math.floor(durationOf(expires) / 1000)
  if (seconds < 1) throw new UsageError(`--expires ${expires} is no duration of a second or more, such as 30m`)
  return seconds
}

function durationOf (text: string): number {
  try {
    return durationMs(text)
  } catch {
    return 0
  }
}

function choose (issuers: readonly DevelopmentIssuer[], asked: string | null): DevelopmentIssuer {
  const [first, ...others] = asked === null ? issuers : issuers.filter((entry) => entry.issuer === asked)
  if (first === undefined) throw new Error(asked === null ? 'the configuration has no development issuer' : `${asked} is no development issuer`)
  if (others.length > 0) throw new UsageError(`there are several development issuers: name one with --issuer (${issuers.map((entry) => entry.issuer).join(', ')})`)
  return first
}
