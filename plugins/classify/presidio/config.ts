/** What `classify.presidio` can be told. */
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'
import { externalFields, type ExternalEntry } from '../external/config.ts'

export interface ClassifyPresidioConfig extends ExternalEntry {
  readonly language?: string
  readonly entities?: readonly string[]
  readonly score_threshold?: number
  readonly labels?: Readonly<Record<string, string | null>>
}

export const defaultThreshold = 0.5

/** Presidio's types, as labels; null: not of interest. Others become `pii.` and their name. */
export const defaultLabels: Readonly<Record<string, string | null>> = {
  PERSON: 'pii.person',
  LOCATION: 'pii.location',
  ORGANIZATION: 'pii.organization',
  NRP: 'pii.nationality',
  AGE: 'pii.age',
  DATE_TIME: null,
  URL: null,
  CREDIT_CARD: 'pci.credit_card',
  IBAN_CODE: 'pii.financial.iban_code',
  US_BANK_NUMBER: 'pii.financial.us_bank_number',
  CRYPTO: 'pii.financial.crypto_wallet',
  US_SSN: 'pii.government.us_ssn',
  US_ITIN: 'pii.government.us_itin',
  US_PASSPORT: 'pii.government.us_passport',
  US_DRIVER_LICENSE: 'pii.government.us_driver_license',
  UK_NHS: 'phi.uk_nhs',
  MEDICAL_LICENSE: 'phi.medical_license'
}

const { url, ...others } = externalFields

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: { ...url, description: `${url.description} The analyzer's address, \`/analyze\` included.` },
    language: { type: 'string', pattern: '^[a-z]{2}$', default: 'en', description: 'The language it reads the texts in.' },
    entities: { type: 'array', items: { type: 'string', pattern: '^[A-Z][A-Z0-9_]*$' }, minItems: 1, uniqueItems: true, description: 'Which of its types to look for; left out: all.' },
    score_threshold: { type: 'number', minimum: 0, maximum: 1, default: defaultThreshold, description: 'Findings below this score are dropped.' },
    labels: {
      type: 'object',
      propertyNames: { pattern: '^[A-Z][A-Z0-9_]*$' },
      additionalProperties: { type: ['string', 'null'], pattern: '^[a-z][a-z0-9_]*(\\.[a-z0-9_]+)*$' },
      default: {},
      description: 'What its types are called here; null: not of interest. By default `PERSON` is `pii.person`, and so on; `DATE_TIME` and `URL` are dropped.'
    },
    ...others
  }
}
