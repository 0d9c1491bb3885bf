/** Numbers that a state gives to a person or a business: `pii.government`. One file a region. */
import type { Detector } from '../../detector.ts'
import { americas } from './americas.ts'
import { asia } from './asia.ts'
import { britain } from './britain.ts'
import { europe } from './europe.ts'
import { germany } from './germany.ts'
import { romance } from './romance.ts'
import { unitedStates } from './us.ts'

export const government: readonly Detector[] = [...unitedStates, ...britain, ...germany, ...romance, ...europe, ...asia, ...americas]
