import type { AccountKey, CampaignKey } from '../domain/ids.ts';
import { wasDelivered } from '../domain/position.ts';
import {
  type Limit,
  type Tallies,
  type TalliesByScope,
  type Tally,
  tallies,
  tallyOf,
} from '../domain/tally.ts';
import type { Update } from '../domain/update.ts';
import { MisfitError } from './engine.ts';
import { keptScope } from './kept-scope.ts';
import type { TallyDelta, TallyPlace } from './queries/tallies.ts';
import { indexOf, wordAt } from './rows/codec.ts';
import type { TallyRow } from './tables.ts';

/** By how much a tally of a scope moves. */
export type TallyMove = { readonly scope: string; readonly tally: Tally; readonly by: number };

const MINUTES = 'minute/';

/** Of minutes only the starts are counted, so that what was counted in one can be forgotten. */
export const isMinute = (scope: string): boolean => scope.startsWith(MINUTES);

const scopesOf = (update: Update | null): readonly string[] => update?.admission?.scopes ?? [];

const standing = (update: Update | null, by: 1 | -1): readonly TallyMove[] => {
  const tally = update === null ? undefined : tallyOf(update);
  if (tally === undefined) return [];
  const lasting = scopesOf(update).filter((scope) => !isMinute(scope));
  return lasting.map((scope) => ({ scope, tally, by }));
};

/** It was let in, or let in again in another journey; who was rejected before that never started. */
const isAdmission = (was: Update | null, value: Update | null): boolean =>
  value !== null &&
  value.admission !== null &&
  (value.status === 'open' || wasDelivered(value.position)) &&
  (was === null || was.admission === null || was.generation !== value.generation);

/**
 * How the tallies of its campaign move when an update becomes another; `null` is one that is not there. Starts are
 * counted when it is let in, and never taken back; all else is where the update is now.
 */
export const tallyMoves = (was: Update | null, value: Update | null): readonly TallyMove[] => {
  if ((was?.admission ?? null) === null && (value?.admission ?? null) === null) return [];
  const started = isAdmission(was, value) ? scopesOf(value) : [];
  return [
    ...started.map((scope): TallyMove => ({ scope, tally: 'started', by: 1 })),
    ...standing(was, -1),
    ...standing(value, 1),
  ];
};

type About = { readonly account: AccountKey; readonly campaign: CampaignKey };

/** A tally as rows have it. */
export const placeOf = (
  { account, campaign }: About,
  { scope, tally }: Pick<Limit, 'scope' | 'tally'>,
): TallyPlace => ({ account, campaign, scope: keptScope(scope), tally: indexOf(tallies, tally) });

/** The moves of `tallyMoves` as rows have them. */
export const tallyDeltas = (about: About, was: Update | null, value: Update | null): readonly TallyDelta[] =>
  tallyMoves(was, value).map((move) => ({ ...placeOf(about, move), count: move.by }));

/** The scopes of rows, but for those of which only a part is kept. */
export const wholeScopes = (rows: readonly Pick<TallyRow, 'scope'>[]): readonly string[] => [
  ...new Set(rows.map(({ scope }) => scope).filter((scope) => keptScope(scope) === scope)),
];

/** The tallies of the scopes that were asked for, out of rows that say how these are kept. */
export const fromTallyRows = (
  scopes: readonly string[],
  rows: readonly Pick<TallyRow, 'scope' | 'tally' | 'count'>[],
): TalliesByScope => {
  const named = new Map(scopes.map((scope) => [keptScope(scope), scope]));
  const counted = new Map<string, Tallies>();
  for (const { scope: kept, tally, count } of rows) {
    const scope = named.get(kept);
    if (count < 0) throw new MisfitError(`tally ${tally} of ${kept} is ${count}`);
    if (scope === undefined || count === 0) continue;
    counted.set(scope, { ...counted.get(scope), [wordAt(tallies, tally)]: count });
  }
  return counted;
};
