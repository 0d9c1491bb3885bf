/** Credentials: `secret`. */
import type { Detector } from '../../detector.ts'
import { assigned } from './assigned.ts'
import { business } from './business.ts'
import { cloud } from './cloud.ts'
import { development } from './development.ts'
import { keys } from './keys.ts'
import { models } from './models.ts'
import { named } from './named.ts'
import { tokenDetector } from './token.ts'

export const secrets: readonly Detector[] = [...keys, ...[...models, ...cloud, ...development, ...business].map(tokenDetector), ...named, ...assigned]
