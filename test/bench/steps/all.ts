import type { MeasuredStep } from '../step.ts';
import { claims } from './claims.ts';
import { cleanUp } from './clean-up.ts';
import { collect } from './collect.ts';
import { plan } from './plan.ts';
import { prepare } from './prepare.ts';

/** What is measured, by its name in the table. */
export const measuredSteps: Readonly<Record<string, MeasuredStep>> = {
  plan,
  prepare,
  'prepare with claims': claims,
  collect,
  'clean-up': cleanUp,
};
