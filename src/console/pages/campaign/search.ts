import type { WaitRule } from '../../../wire/muster/rollouts.ts';
import { type EventKind, kindNames } from '../../words/event-kinds.ts';
import { outcomes, positions } from '../../words/progress.ts';
import { textIn, wordsIn } from '../../words/search.ts';
import { waitRules } from '../../words/waits.ts';

/** The parts of the board below the progress, beside the devices. */
export const tabs = ['timeline', 'plan', 'hours', 'webhooks'] as const;

/** What the address of a campaign asks for: which part of the board, and which of its devices are listed. */
export type CampaignSearch = {
  readonly tab?: (typeof tabs)[number] | undefined;
  readonly position?: readonly string[] | undefined;
  readonly outcome?: readonly string[] | undefined;
  readonly reason?: readonly string[] | undefined;
  /** Those that were let in under a wave, from 0. */
  readonly wave?: string | undefined;
  /** Those that this rule has to let go on first; nothing else is filtered by then. */
  readonly waits?: WaitRule | undefined;
  /** What the timeline shows. */
  readonly kind?: readonly EventKind[] | undefined;
};

const listed = (search: Readonly<Record<string, unknown>>, name: string): readonly string[] | undefined => {
  const found = [search[name]].flat().filter((one): one is string => typeof one === 'string' && one !== '');
  return found.length === 0 ? undefined : found;
};

export const campaignSearch = (search: Readonly<Record<string, unknown>>): CampaignSearch => ({
  tab: wordsIn(search, 'tab', tabs)?.[0],
  position: wordsIn(search, 'position', positions),
  outcome: wordsIn(search, 'outcome', outcomes),
  reason: listed(search, 'reason'),
  wave: textIn(search, 'wave')?.match(/^\d{1,2}$/)?.[0],
  waits: wordsIn(search, 'waits', waitRules)?.[0],
  kind: wordsIn(search, 'kind', kindNames),
});
