import { wasDelivered } from './position.ts';
import type { Update } from './update-state.ts';

/** What is counted in each scope of a tallied campaign. The order is what the store keeps. Append only. */
export const tallies = [
  'started',
  'in-progress',
  'succeeded',
  'failed',
  'rejected',
  'timed-out',
  'silent',
  'rolled-back',
  'other',
] as const;
export type Tally = (typeof tallies)[number];

/** The counts of one scope; what is absent is 0. */
export type Tallies = Readonly<Partial<Record<Tally, number>>>;

/** By scope: `''` is the campaign. A scope of which nothing was counted may be absent. */
export type TalliesByScope = ReadonlyMap<string, Tallies>;

/**
 * Under what a device was let in when its first phase was handed out, so that it is counted there until the end; or
 * where one is counted that was rejected before.
 */
export type Admission = { readonly wave: number | null; readonly scopes: readonly string[] };

/** A cap that a change must not exceed: the tally of a scope after its writes is at most `most`. */
export type Limit = { readonly scope: string; readonly tally: Tally; readonly most: number };

/** The scope of a wave, counted from 0. */
export const waveScope = (wave: number): string => `wave/${wave}`;

/** The scope of one value of an attribute. */
export const attributeScope = (attribute: string, value: string | number | boolean): string =>
  `attributes.${attribute}/${value}`;

/** The scope of the value that a device had for an attribute when it came to stand there, if it had one. */
export const scopeOfAttribute = ({ scopes }: Admission, attribute: string): string | undefined => {
  const prefix = attributeScope(attribute, '');
  return scopes.find((scope) => scope.startsWith(prefix));
};

/** The scope of a minute since 1970, in which only `started` is counted. */
export const minuteScope = (minute: number): string => `${MINUTES}${minute}`;
const MINUTES = 'minute/';

/** Whether a text is the scope of a wave or of the value of an attribute: a part of a campaign that can be held. */
export const isScope = (text: string): boolean => /^(wave\/\d+|attributes\.[^/]+\/[\s\S]*)$/.test(text);

/**
 * Where an update that was let in is counted now; `undefined` for one that was not, and for one that waits to try its
 * first phase again. `failed` with a reset that worked is `rolled-back`; what the server or an operator ended says
 * nothing about the campaign and is `other`.
 */
export const tallyOf = (update: Update): Tally | undefined => {
  if (update.admission === null) return undefined;
  if (update.status === 'open') return wasDelivered(update.position) ? 'in-progress' : undefined;
  switch (update.outcome) {
    case 'succeeded':
    case 'rejected':
      return update.outcome;
    case 'failed':
      return update.position === 'reset' ? 'rolled-back' : 'failed';
    case 'timed-out':
      if (update.reason === 'never-seen') return 'silent';
      return update.reason === 'campaign-ended' ? 'other' : 'timed-out';
    default:
      return 'other';
  }
};

export const countOf = (counted: TalliesByScope, scope: string, tally: Tally): number =>
  counted.get(scope)?.[tally] ?? 0;
