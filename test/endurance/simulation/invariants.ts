import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { verifyAudit } from '../../../src/app/audit-log.ts';
import type { StoredEvent } from '../../../src/app/event-records.ts';
import type { Store } from '../../../src/app/ports.ts';
import type { StoredCampaign, StoredUpdate } from '../../../src/app/records.ts';
import type { Client } from '../../../src/client/muster.ts';
import { positions } from '../../../src/domain/position.ts';
import { nodeHashing } from '../../../src/server/crypto.ts';
import type { DeviceTruth } from '../../../src/simulator/ledger.ts';
import { recountTallies } from '../../contract/store/admitting.ts';
import { ANY_CAMPAIGN, allPages, must, NO_FILTER, recount } from '../../contract/store/world.ts';
import { misjudged } from './verdict.ts';

const PAGE = 1_000;

type Row = { readonly device: number; readonly campaigns: string };

const underWay = positions.indexOf('download-running');

/** Devices with more than one update under way that set the same component, at this instant. */
export const createWatch = (database: string) => {
  const reader = new DatabaseSync(database, { readOnly: true });
  const running = reader.prepare(`
    select u.device, p.kind, group_concat(distinct u.campaign) as campaigns
    from updates u
    join campaign_packages c on c.account = u.account and c.campaign = u.campaign and c.source = 0
    join packages p on p.account = u.account and p.id = c.package
    where u.outcome = 0 and u.position >= ?
    group by u.account, u.device, case p.kind when 0 then '' else p.name end
    having count(distinct u.campaign) > 1`);
  return {
    look: (): readonly string[] =>
      running
        .all(underWay)
        .map((row) => row as unknown as Row)
        .map(({ device, campaigns }) => `device ${device} has campaigns ${campaigns} under way at once`),
    close: () => reader.close(),
  };
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const sorted = (counts: object): object =>
  Object.fromEntries(
    Object.entries(counts)
      .filter(([, count]) => count !== 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** The counters of a campaign against its rows. */
const wrongCounts = async (
  store: Store,
  {
    account,
    key,
    id,
  }: {
    readonly account: Parameters<Store['campaigns']['counts']>[0];
    readonly key: StoredCampaign['key'];
    readonly id: string;
  },
  updates: readonly StoredUpdate[],
): Promise<readonly string[]> => {
  const told = await store.campaigns.counts(account, key);
  const counted = recount(updates);
  const wrong = (['open', 'closed'] as const).flatMap((part) =>
    same(sorted(told[part]), sorted(counted[part]))
      ? []
      : [`campaign ${id}: ${part} ${JSON.stringify(told[part])}, counted ${JSON.stringify(counted[part])}`],
  );
  const tallies = recountTallies(updates);
  const kept = await store.campaigns.tallies(account, key, [...tallies.keys()]);
  const off = [...tallies].filter(
    ([scope, counts]) => !same(sorted({ ...kept.get(scope), started: 0 }), sorted(counts)),
  );
  return [
    ...wrong,
    ...off.map(
      ([scope, counts]) =>
        `campaign ${id}, ${scope}: ${JSON.stringify(kept.get(scope))}, counted ${JSON.stringify(counts)}`,
    ),
  ];
};

/** Whether an event lets members of its campaign begin again. */
const reopens = (event: StoredEvent): boolean =>
  event.body.type === 'updates-added' || event.body.type === 'update-added';

/** Of a device nothing moves in a campaign once it was closed there, unless it begins again. */
const eventsAfterClose = (events: readonly StoredEvent[]): readonly string[] => {
  const closed = new Map<string, number>();
  const reopened = new Map<number, number>();
  const wrong: string[] = [];
  for (const event of events) {
    const { seq, campaign, device, body } = event;
    if (campaign === null) continue;
    if (reopens(event)) reopened.set(campaign, seq);
    if (device === null || !body.type.startsWith('update-')) continue;
    const at = `${campaign}/${device}`;
    const since = closed.get(at);
    if (since !== undefined && (reopened.get(campaign) ?? 0) < since)
      wrong.push(`event ${seq} (${body.type}) of ${at} follows its close in ${since}`);
    if (body.type === 'update-closed') closed.set(at, seq);
    else closed.delete(at);
  }
  return wrong;
};

const gaps = (events: readonly StoredEvent[]): readonly string[] =>
  events
    .flatMap(({ seq }, index) => (seq === index + 1 ? [] : [`event ${index + 1} has the number ${seq}`]))
    .slice(0, 1);

/** All that happened in an account, in order. */
export const everyEvent = async (
  store: Store,
  account: StoredEvent['account'],
): Promise<readonly StoredEvent[]> => {
  const all: StoredEvent[] = [];
  for (;;) {
    const page = await store.events.since(account, { after: all.at(-1)?.seq ?? 0, limit: PAGE });
    if (page.length === 0) return all;
    all.push(...page);
  }
};

const fingerprintOf = (events: readonly StoredEvent[]): string => {
  const hash = createHash('sha256');
  for (const event of events) hash.update(JSON.stringify(event));
  return hash.digest('hex');
};

/** What a store and the truth of its devices were found to be at the end of a day. */
export type Examined = {
  readonly problems: readonly string[];
  readonly campaigns: number;
  readonly updates: number;
  readonly events: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Updates that went well, by the protocol of their device. */
  readonly succeeded: Readonly<Record<string, number>>;
  /** A digest of all that happened: the same for two runs of the same seed. */
  readonly fingerprint: string;
};

/** Holds everything that a store says against itself, and against what really happened. */
export const examine = async (
  store: Store,
  client: Client,
  truths: readonly DeviceTruth[],
): Promise<Examined> => {
  const { key: account } = must(await store.accounts.find('DEFAULT'));
  const problems: string[] = [];
  const outcomes: Record<string, number> = {};
  const succeeded: Record<string, number> = {};
  const byId = new Map(truths.map((truth) => [truth.device, truth]));
  const campaigns = await allPages((after) =>
    store.campaigns.list(account, ANY_CAMPAIGN, { after, limit: PAGE }),
  );
  let updates = 0;
  for (const { key, id, plan } of campaigns) {
    const rows = await allPages((after) =>
      store.updates.list(account, key, NO_FILTER, { after, limit: PAGE }),
    );
    updates += rows.length;
    for (const row of rows) {
      const name = row.status === 'closed' ? row.outcome : 'open';
      outcomes[name] = (outcomes[name] ?? 0) + 1;
    }
    problems.push(...(await wrongCounts(store, { account, key, id }, rows)));
    const packages = await store.packages.findMany(account, plan.packages);
    const digests = new Set(packages.map((pack) => pack.digests.sha256));
    const isSoftware = packages.some(({ kind }) => kind === 'software');
    const campaign = await client.getCampaign({ params: { campaign: id } });
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const query = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
      const page: Awaited<ReturnType<Client['listCampaignDevices']>> = await client.listCampaignDevices({
        params: { campaign: id },
        query,
      });
      for (const update of page.items) {
        const truth = byId.get(update.device);
        if (truth !== undefined && update.outcome === 'succeeded')
          succeeded[truth.protocol] = (succeeded[truth.protocol] ?? 0) + 1;
        const wrong = truth && misjudged({ campaign, key, digests, isSoftware }, update, truth);
        if (wrong !== undefined) problems.push(`${update.device} in ${campaign.name}: ${wrong}`);
      }
      cursor = page.next;
    }
  }
  const events = await everyEvent(store, account);
  problems.push(...gaps(events), ...eventsAfterClose(events));
  const verdict = await verifyAudit({ store, hashing: nodeHashing }, account);
  if (!verdict.ok || !verdict.value.intact)
    problems.push(`the audit chain is broken: ${JSON.stringify(verdict)}`);
  const fingerprint = fingerprintOf(events);
  return {
    problems,
    campaigns: campaigns.length,
    updates,
    events: events.length,
    outcomes,
    succeeded,
    fingerprint,
  };
};
