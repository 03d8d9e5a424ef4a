import type { WaitRule } from '../../wire/muster/rollouts.ts';

const words: Readonly<Record<WaitRule, string>> = {
  'campaign-status': 'The campaign does not run',
  'campaign-end': 'The end of the campaign has come',
  freeze: 'A freeze',
  'back-off': 'A rest before the next try',
  'not-before': 'Too early for the phase',
  approval: 'A go for the device',
  slot: 'The time fixed for the device',
  window: 'A window',
  spread: 'Their turn inside the window',
  wave: 'Their wave',
  held: 'A hold',
  pace: 'The pace of starts',
  budget: 'A place in the budget',
  concurrency: 'A place among those in progress',
  queue: 'Devices that asked earlier',
  packages: 'Packages for the device',
  recall: 'An answer to being asked to stop',
  report: 'A report of the device',
  acceptance: 'An operator to accept the device',
  fit: 'The device cannot take part',
  'other-campaign': 'Another campaign',
  contact: 'Their next contact',
};

/** What devices wait for, in a few words. */
export const waitLabel = (rule: WaitRule): string => words[rule];

/** Every rule that devices may wait for. */
export const waitRules = Object.keys(words) as readonly WaitRule[];
