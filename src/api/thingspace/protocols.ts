import { carriedBy } from '../../app/thingspace-campaign.ts';
import type { Protocol } from '../../domain/device.ts';
import type { Expression } from '../../domain/targeting.ts';
import { BadRequest } from './errors.ts';

/** What this wire tells apart; several protocols of ours bring what it calls HTTP. */
export type Distribution = 'HTTP' | 'LWM2M' | 'OMA';

const protocolsOf: Readonly<Record<Distribution, readonly Protocol[]>> = {
  HTTP: carriedBy.http,
  LWM2M: carriedBy.lwm2m,
  OMA: carriedBy['oma-dm'],
};

/** Every spelling of OMA-DM that pages and clients have (reference 1.5). */
const spellings: Readonly<Record<Distribution, readonly string[]>> = {
  HTTP: ['HTTP'],
  LWM2M: ['LWM2M'],
  OMA: ['OMA', 'OMA-DM', 'OMADM', 'OMD-DM', 'OMDADM'],
};
const distributions = ['HTTP', 'LWM2M', 'OMA'] as const;

/** What a word stands for; `undefined` for none that is known. */
export const distributionIn = (word: string): Distribution | undefined =>
  distributions.find((one) => spellings[one].includes(word.trim().toUpperCase()));

/** The distribution that a device's protocol is; `undefined` for devices that are reported on from outside. */
export const distributionOf = (protocol: Protocol): Distribution | undefined =>
  distributions.find((one) => protocolsOf[one].includes(protocol));

/** The same, with the words of each place where OMA-DM has another one (reference 1.5). */
const words = {
  v2: { HTTP: 'HTTP', LWM2M: 'LWM2M', OMA: 'OMA' },
  firmware: { HTTP: 'HTTP', LWM2M: 'LWM2M', OMA: 'OMD-DM' },
  devices: { HTTP: 'HTTP', LWM2M: 'LWM2M', OMA: 'OMADM' },
} as const satisfies Readonly<Record<string, Readonly<Record<Distribution, string>>>>;

/** How a distribution is spelled: in v2, in firmware and campaigns of v3, or in devices of v3. */
export const wordOf = (distribution: Distribution, place: keyof typeof words): string =>
  words[place][distribution];

/** The word for a device's protocol; `NONE` for devices that this API cannot bring anything to. */
export const protocolWord = (protocol: Protocol, place: keyof typeof words): string => {
  const distribution = distributionOf(protocol);
  return distribution === undefined ? 'NONE' : wordOf(distribution, place);
};

/** The devices that a distribution reaches. */
export const reachedBy = (distribution: Distribution): Expression => ({
  type: 'in',
  field: { kind: 'column', name: 'protocol' },
  values: protocolsOf[distribution],
});

/** What was asked for; `undefined` for nothing in particular. Throws `BadRequest` for a word that is not known. */
export const askedDistribution = (
  word: string | undefined,
  name: 'clientType' | 'distributionType' | 'protocol',
): Distribution | undefined => {
  if (word === undefined || word === '' || word.toLowerCase() === 'all') return undefined;
  const distribution = distributionIn(word);
  if (distribution === undefined) throw new BadRequest(`Unsupported ${name}`);
  return distribution;
};
