import type { StoredUpdate } from '../../app/records.ts';
import type { CampaignKey } from '../../domain/ids.ts';

/**
 * Zephyr drops the first digit of the id it reads out of a cancel link and compares what is left with the id of
 * what it installed last (zephyr#89530): ten digits beginning with 1 leave something that is never zero and
 * never another id, and stay below 2^31.
 */
const BASE = 1_000_000_000;
/** Beginning again is another action; after so many times the first id comes back. */
const GENERATIONS = 32;

type Journey = Pick<StoredUpdate, 'campaign' | 'generation'>;

/** The id of a device's action: unique among its own. */
export const actionIdOf = ({ campaign, generation }: Journey): string =>
  String(BASE + campaign * GENERATIONS + (generation % GENERATIONS));

/** What an action id names. */
export type NamedAction = { readonly campaign: CampaignKey; readonly generation: number };

/** Reads a number as an id; `undefined` for one that no action can have. */
export const readActionId = (text: string): NamedAction | undefined => {
  const number = Number(text) - BASE;
  if (!Number.isSafeInteger(number) || number < GENERATIONS || number >= BASE) return undefined;
  // A number out of a link becomes a key here; whether there is such a campaign is for the store to say.
  const campaign = Math.floor(number / GENERATIONS) as CampaignKey;
  return { campaign, generation: number % GENERATIONS };
};

/** Whether the id names the journey that the device is on, and not one before it. */
export const isPresent = ({ generation }: Journey, named: NamedAction): boolean =>
  generation % GENERATIONS === named.generation;
