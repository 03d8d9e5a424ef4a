import type { Change } from '../app/writes.ts';
import type { CampaignKey } from '../domain/ids.ts';
import { type Tallies, type TalliesByScope, type Tally, tallies } from '../domain/tally.ts';
import { type Instant, MINUTE } from '../domain/time.ts';
import type { Update } from '../domain/update.ts';
import { keptScope } from './kept-scope.ts';
import type { Home, State } from './memory-state.ts';
import { put, take, type Undo } from './memory-table.ts';
import { isMinute, tallyMoves } from './tallies.ts';

const scopeOf = (name: string): string => name.split(' ').slice(2).join(' ');

const nameOf = (campaign: CampaignKey, scope: string, tally: Tally): string =>
  `${campaign} ${tally} ${scope}`;

const countOf = (home: Home, campaign: CampaignKey, scope: string, tally: Tally): number =>
  home.tallies.get(nameOf(campaign, scope, tally)) ?? 0;

/** Moves the tallies of a campaign when an update becomes another. */
export const moveTallies = (
  undo: Undo,
  home: Home,
  campaign: CampaignKey,
  was: Update | null,
  value: Update | null,
): void => {
  for (const { scope, tally, by } of tallyMoves(was, value)) {
    const count = countOf(home, campaign, scope, tally) + by;
    put(undo, home.tallies, nameOf(campaign, scope, tally), count);
  }
};

export const talliesOf = (home: Home, campaign: CampaignKey, scopes: readonly string[]): TalliesByScope => {
  const counted = new Map<string, Tallies>();
  for (const scope of scopes) {
    for (const tally of tallies) {
      const count = countOf(home, campaign, scope, tally);
      if (count !== 0) counted.set(scope, { ...counted.get(scope), [tally]: count });
    }
  }
  return counted;
};

/** Of values of attributes, but for those of which the others keep only a part. */
export const attributeTalliesOf = (home: Home, campaign: CampaignKey): TalliesByScope => {
  const names = [...home.tallies.keys()].filter((name) => name.startsWith(`${campaign} `));
  const scopes = new Set(names.map(scopeOf));
  const whole = [...scopes].filter((scope) => scope.startsWith('attributes.') && keptScope(scope) === scope);
  return talliesOf(home, campaign, whole);
};

/** Whether the tallies are within the limits of a change. */
export const isWithinLimits = (home: Home, { limits = [] }: Change): boolean =>
  limits.every(({ campaign, scope, tally, most }) => countOf(home, campaign, scope, tally) <= most);

export const dropTallies = (undo: Undo, home: Home, campaign: CampaignKey): void => {
  for (const name of [...home.tallies.keys()]) {
    if (name.startsWith(`${campaign} `)) take(undo, home.tallies, name);
  }
};

/** Forgets what was counted in the minutes before that of an instant. */
export const forgetMinutes = (undo: Undo, { homes }: State, before: Instant): void => {
  for (const { tallies: counts } of homes.values()) {
    for (const name of [...counts.keys()]) {
      const scope = scopeOf(name);
      const minute = Number(scope.split('/')[1]);
      if (isMinute(scope) && minute < Math.floor(before / MINUTE)) take(undo, counts, name);
    }
  }
};
