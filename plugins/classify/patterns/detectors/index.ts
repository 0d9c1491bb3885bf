/** Every detector there is. */
import type { Detector } from '../detector.ts'
import { cards } from './cards.ts'
import { code } from './code.ts'
import { email } from './email.ts'
import { finance } from './finance.ts'
import { government } from './government/index.ts'
import { health } from './health.ts'
import { injection } from './injection.ts'
import { markings } from './markings.ts'
import { network } from './network.ts'
import { phones } from './phone.ts'
import { secrets } from './secrets/index.ts'

export const detectors: readonly Detector[] = [...cards, ...email, ...phones, ...network, ...finance, ...government, ...health, ...secrets, ...markings, ...injection, ...code]
