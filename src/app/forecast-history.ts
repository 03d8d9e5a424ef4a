import { type Assumptions, defaultAssumptions } from '../domain/forecast.ts';
import { type Phase, phases } from '../domain/position.ts';
import { SECOND } from '../domain/time.ts';
import type { StoredAccount } from './account-records.ts';
import type { StoredEvent } from './event-records.ts';
import type { Store } from './ports.ts';
import type { ListedUpdate, StoredCampaign } from './records.ts';
import type { Aborting } from './waker.ts';

/** Fewer closed updates than this tell nothing. */
const LEAST = 50;
/** How much of the past is looked at. */
const CAMPAIGNS = 20;
const UPDATES = 60;
const EVENTS = 60;

/** What is taken for granted, and whether that comes from what the account has seen. */
export type Basis = { readonly assumptions: Assumptions; readonly from: 'history' | 'defaults' };

const anyCampaign = {
  text: '',
  description: '',
  ids: [],
  statuses: [],
  packageIds: [],
  createdFrom: 0,
} as const;
const newestFirst = { skip: 0, limit: CAMPAIGNS, by: 'created', descending: true } as const;

/**
 * How updates of the account went so far: the part that failed and that fell silent, and how long phases took, from
 * its newest campaigns; stated defaults while fewer than fifty updates were closed in them. Nothing more is read once
 * `leaving` aborts.
 */
export const basisOf = async (
  store: Store,
  account: StoredAccount,
  leaving: Pick<Aborting, 'aborted'>,
): Promise<Basis> => {
  const { items } = await store.campaigns.slice(account.key, anyCampaign, newestFirst);
  const ends = await endsOf(store, account, items);
  const closed = ends.succeeded + ends.failed + ends.silent;
  if (closed < LEAST) return { assumptions: defaultAssumptions, from: 'defaults' };
  const spans = await spansOf(store, account, items, leaving);
  return {
    from: 'history',
    assumptions: {
      ...defaultAssumptions,
      ...timesOf(spans),
      failing: ends.failed / closed,
      silent: ends.silent / closed,
    },
  };
};

type Ends = { readonly succeeded: number; readonly failed: number; readonly silent: number };

const endsOf = async (
  store: Store,
  account: StoredAccount,
  campaigns: readonly StoredCampaign[],
): Promise<Ends> => {
  const sum = { succeeded: 0, failed: 0, silent: 0 };
  for (const { key } of campaigns) {
    const { closed } = await store.campaigns.counts(account.key, key);
    sum.succeeded += closed.succeeded ?? 0;
    sum.failed += closed.failed ?? 0;
    sum.silent += closed['timed-out'] ?? 0;
  }
  return sum;
};

/** Milliseconds that each phase of one update took, and the bytes that it fetched. */
type Spans = { readonly took: Readonly<Record<Phase, number>>; readonly bytes: number };

const succeeded = { positions: [], outcomes: ['succeeded'], open: false } as const;

const spansOf = async (
  store: Store,
  account: StoredAccount,
  campaigns: readonly StoredCampaign[],
  leaving: Pick<Aborting, 'aborted'>,
): Promise<readonly Spans[]> => {
  const spans: Spans[] = [];
  for (const campaign of campaigns) {
    const limit = UPDATES - spans.length;
    if (limit <= 0) break;
    const packages = await store.packages.findMany(account.key, campaign.plan.packages);
    const bytes = packages.reduce((sum, { digests }) => sum + digests.size, 0);
    const { items } = await store.updates.list(account.key, campaign.key, succeeded, { after: 0, limit });
    for (const update of items) {
      if (leaving.aborted) return spans;
      const took = await tookOf(store, account, campaign, update);
      if (took !== undefined) spans.push({ took, bytes });
    }
  }
  return spans;
};

const tookOf = async (
  store: Store,
  account: StoredAccount,
  campaign: StoredCampaign,
  { device }: ListedUpdate,
): Promise<Spans['took'] | undefined> => {
  const events = await store.events.list(
    account.key,
    { campaign: campaign.key, device },
    { before: Number.MAX_SAFE_INTEGER, limit: EVENTS },
  );
  const [download, execution, activation] = phases.map((phase) => spanOf(events, phase));
  if (download === undefined || execution === undefined || activation === undefined) return undefined;
  return { download, execution, activation };
};

/** The newest first, so that of several attempts the last is found. */
const spanOf = (events: readonly StoredEvent[], phase: Phase): number | undefined => {
  const atOf = (step: 'running' | 'complete') =>
    events.find(({ body }) => body.type === 'update-moved' && body.to === `${phase}-${step}`)?.at;
  const [begun, done] = [atOf('running'), atOf('complete')];
  return begun === undefined || done === undefined ? undefined : done - begun;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** What a download takes beyond its bytes is the rest of it; where that is less than nothing, devices are faster. */
const timesOf = (spans: readonly Spans[]): Partial<Assumptions> => {
  if (spans.length === 0) return {};
  const [download, execution, activation] = phases.map((phase) =>
    median(spans.map(({ took }) => took[phase])),
  );
  const bytes = median(spans.map((span) => span.bytes));
  const durations = { download: 0, execution: execution ?? 0, activation: activation ?? 0 };
  const rest = (download ?? 0) - (bytes / defaultAssumptions.bytesPerSecond) * SECOND;
  if (rest >= 0) return { durations: { ...durations, download: rest } };
  const bytesPerSecond = Math.max(1, Math.round(bytes / (Math.max(1, download ?? 0) / SECOND)));
  return { durations, bytesPerSecond };
};
