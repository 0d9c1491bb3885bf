/** Every detector there is. */
import type { Detector } from '../detector.ts'
import { assigned } from './assigned.ts'
import { cards } from './cards.ts'
import { code } from './code.ts'
import { contact } from './contact.ts'
import { finance } from './finance.ts'
import { government } from './government.ts'
import { health } from './health.ts'
import { markings } from './markings.ts'
import { tokens } from './tokens.ts'

export const detectors: readonly Detector[] = [...cards, ...contact, ...finance, ...government, ...health, ...tokens, ...assigned, ...markings, ...code]
