import { expect, it } from 'vitest';
import type { AttemptOutcome, DeviceTruth } from '../../../src/simulator/ledger.ts';
import type { Update } from '../../../src/wire/muster/members.ts';
import { misjudged, type Sending } from './verdict.ts';

const SHA = 'a'.repeat(64);
// Only what a verdict looks at is there.
const sending = {
  ...{ campaign: { id: 'c' }, key: 1, digests: new Set([SHA]), isSoftware: false },
} as unknown as Sending;
const succeededAgain = {
  ...{ outcome: 'succeeded', reason: null, position: 'activation-complete', generation: 2, attempt: 1 },
} as unknown as Update;

const truthOf = (protocol: DeviceTruth['protocol'], call: string, outcome: AttemptOutcome): DeviceTruth => ({
  ...{ device: 'd', protocol, model: 'm', from: '1.0', runs: '2.0', told: '2.0', contacts: 3 },
  attempts: [
    {
      ...{ call, sha256: [SHA], version: '2.0', begun: 0, ended: 1, bytes: 10 },
      ...{ outcome, why: 'none', heard: true },
    },
  ],
});

it('lets the server see that a device has the version already when its update begins again', () => {
  expect(misjudged(sending, succeededAgain, truthOf('oma-dm', '1-1-1', 'succeeded'))).toBeUndefined();
});

it.each([
  ['has failed before', truthOf('oma-dm', '1-1-1', 'failed')],
  // Nobody looks which version it runs: it is to tell anew.
  ['speaks DDI', truthOf('ddi', `${1_000_000_000 + 32 + 1}`, 'succeeded')],
])('does not let it believe that of a device that %s', (_, truth) => {
  expect(misjudged(sending, succeededAgain, truth)).toMatch(/outcome succeeded/);
});
