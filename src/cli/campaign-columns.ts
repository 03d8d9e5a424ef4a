import type { Campaign, Counts } from '../wire/muster/campaigns.ts';
import type { Column } from './output.ts';
import { joined, moment, number } from './words.ts';

export const campaignColumns: readonly Column<Campaign>[] = [
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['status', ({ status }) => status],
  ['created', ({ createdAt }) => moment(createdAt)],
  ['started', ({ startedAt }) => moment(startedAt)],
  ['ended', ({ endedAt }) => moment(endedAt)],
];

const targetText = ({ target }: Campaign): string =>
  'expression' in target ? target.expression || 'every device' : 'devices added by hand';

const rolloutText = ({ rollout }: Campaign): string => {
  if ('waves' in rollout) return `waves: ${rollout.waves.map(({ name }) => name).join(', ')}`;
  return 'perMinute' in rollout ? `ramp from ${rollout.perMinute} a minute` : 'all at once';
};

export const campaignDetails: readonly Column<Campaign>[] = [
  ...campaignColumns,
  ['because', ({ because }) => because ?? '-'],
  ['packages', ({ packages }) => joined(packages)],
  ['target', targetText],
  ['rollout', rolloutText],
  ['stop rules', ({ stopRules }) => String(stopRules.length)],
  ['approval policy', ({ approvalPolicy }) => approvalPolicy],
  ['approvals', ({ approvals }) => joined(approvals.map(({ by }) => by))],
  ['you may', ({ allowedActions }) => joined(allowedActions)],
  ['revision', ({ revision }) => String(revision)],
];

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** Counts by a name, those that are not 0. */
const parts = (counts: Readonly<Record<string, number>>): string =>
  joined(
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${number(count)}`),
  );

export const countColumns: readonly Column<Counts>[] = [
  ['devices', ({ total }) => number(total)],
  ['open', ({ open }) => `${number(sum(open))}: ${parts(open)}`],
  ['closed', ({ closed }) => `${number(sum(closed))}: ${parts(closed)}`],
];

/** How many devices are still under way, and how many are through. */
export const totals = ({ open, closed }: Counts): { readonly open: number; readonly closed: number } => ({
  open: sum(open),
  closed: sum(closed),
});

const NOT_BEGUN = /^(pending|inventoried)$|^download-(awaiting-approval|scheduled|ready)$/;

/** How many open devices were not told to begin yet. */
export const notBegun = ({ open }: Counts): number =>
  sum(Object.fromEntries(Object.entries(open).filter(([position]) => NOT_BEGUN.test(position))));
