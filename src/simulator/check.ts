import type { Client } from '../client/muster.ts';
import type { Campaign } from '../wire/muster/campaigns.ts';
import type { Update } from '../wire/muster/members.ts';
import type { Attempt, DeviceTruth, Ledger } from './ledger.ts';
import { contradiction, expectationOf } from './verdict.ts';

/** What a server believes that is not so. */
export type Difference = {
  readonly campaign: string | null;
  readonly device: string | null;
  readonly about: 'outcome' | 'attempts' | 'version' | 'count' | 'device' | 'campaign';
  readonly problem: string;
};

/** What was compared, and what did not fit. */
export type Comparison = {
  readonly campaigns: readonly { readonly id: string; readonly name: string; readonly devices: number }[];
  readonly devices: number;
  readonly updates: number;
  readonly attempts: number;
  readonly differences: readonly Difference[];
};

type Call = Pick<
  Client,
  'listCampaigns' | 'getCampaign' | 'getPackage' | 'listCampaignDevices' | 'countUpdates' | 'listDevices'
>;

const PAGE = 200;
/** Clocks of this machine and of the server may differ by so much. */
const SLACK = 5_000;

type Page<Item> = { readonly items: readonly Item[]; readonly next: string | null };

const allOf = async <Item>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
): Promise<readonly Item[]> => {
  const all: Item[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<Item> = await read(cursor);
    all.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return all;
};

const paging = (cursor: string | undefined) => ({ limit: PAGE, ...(cursor !== undefined && { cursor }) });

/** A campaign with the digests of what it sends. */
type Sending = { readonly campaign: Campaign; readonly digests: ReadonlySet<string> };

const createDigests = (client: Call): ((pack: string) => Promise<string>) => {
  const known = new Map<string, Promise<string>>();
  return (pack) => {
    const found =
      known.get(pack) ?? client.getPackage({ params: { package: pack } }).then(({ sha256 }) => sha256);
    known.set(pack, found);
    return found;
  };
};

const campaignsOf = async (client: Call, ids: readonly string[]): Promise<readonly Campaign[]> => {
  if (ids.length > 0) return Promise.all(ids.map((campaign) => client.getCampaign({ params: { campaign } })));
  const all = await allOf((cursor) => client.listCampaigns({ query: paging(cursor) }));
  return all.filter(({ startedAt, endedAt }) => startedAt !== null || endedAt !== null);
};

/** A campaign that is over does not tell when it was started. */
const inTime = ({ createdAt, startedAt, endedAt }: Campaign, { begun }: Readonly<Attempt>): boolean =>
  begun >= Date.parse(startedAt ?? createdAt) - SLACK &&
  (endedAt === null || begun <= Date.parse(endedAt) + SLACK);

/** A gateway that saw no package, since it came back in the middle of an update, was told the campaign all the same. */
const isNamed = ({ id }: Campaign, { call, sha256 }: Readonly<Attempt>, { protocol }: DeviceTruth): boolean =>
  protocol !== 'gateway' || sha256.length > 0 || call === id;

/** What attempts of one journey have in common, as far as the device is told; of OMA-DM all but the number at the end. */
const journeyOf = ({ call }: Readonly<Attempt>, protocol: DeviceTruth['protocol']): string => {
  if (protocol === 'ddi') return call;
  return protocol === 'oma-dm' ? call.slice(0, call.lastIndexOf('-')) : '';
};

/** One that saw no package is for what others of its journey saw. */
const digestsOf = (attempt: Readonly<Attempt>, { attempts, protocol }: DeviceTruth): readonly string[] =>
  protocol === 'oma-dm' && attempt.sha256.length === 0
    ? attempts.flatMap((one) => (journeyOf(one, protocol) === journeyOf(attempt, protocol) ? one.sha256 : []))
    : attempt.sha256;

/** The attempts of a device that were for a campaign. */
const attemptsIn = ({ campaign, digests }: Sending, truth: DeviceTruth): readonly Readonly<Attempt>[] =>
  truth.attempts.filter(
    (attempt) =>
      inTime(campaign, attempt) &&
      isNamed(campaign, attempt, truth) &&
      digestsOf(attempt, truth).every((digest) => digests.has(digest)),
  );

/** How many there are of the journey that the last one belongs to. */
const countJourney = (attempts: readonly Readonly<Attempt>[], protocol: DeviceTruth['protocol']): number => {
  const last = attempts.at(-1);
  const journey = last && journeyOf(last, protocol);
  return attempts.filter((attempt) => journeyOf(attempt, protocol) === journey).length;
};

/** A gateway's report is taken even where its update is over already, so that what was answered may not have counted. */
const asHeard = (
  update: Update,
  protocol: DeviceTruth['protocol'],
  last: Readonly<Attempt> | undefined,
): Readonly<Attempt> | undefined => {
  if (protocol !== 'gateway' || last === undefined || last.ended === null || update.outcome === null)
    return last;
  return Date.parse(update.since) <= last.ended + SLACK ? { ...last, heard: false } : last;
};

const compareUpdate = (sending: Sending, update: Update, truth: DeviceTruth): readonly Difference[] => {
  const attempts = attemptsIn(sending, truth);
  const last = attempts.at(-1);
  const at = { campaign: update.campaign, device: update.device };
  const wrong = contradiction(update, expectationOf(truth.protocol, asHeard(update, truth.protocol, last)));
  if (wrong !== undefined) {
    const really =
      last === undefined
        ? 'it never began'
        : `it ${last.outcome}${last.why === 'none' ? '' : ` (${last.why})`}`;
    return [{ ...at, about: 'outcome', problem: `${wrong}, since ${really}` }];
  }
  const ended = update.outcome === 'succeeded' || update.outcome === 'failed';
  const made = countJourney(attempts, truth.protocol);
  // It may have counted more: those that it gave up by a time-out before the device began.
  if (!ended || last?.heard !== true || update.generation !== 1 || update.attempt >= made) return [];
  return [{ ...at, about: 'attempts', problem: `${update.attempt} attempts; there were ${made}` }];
};

const countsOf = (updates: readonly Update[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { outcome } of updates) counts.set(outcome ?? 'open', (counts.get(outcome ?? 'open') ?? 0) + 1);
  return counts;
};

/** The totals of the server against what becomes of adding up its devices, each of which was held against the truth. */
const compareCounts = async (
  client: Call,
  id: string,
  updates: readonly Update[],
): Promise<readonly Difference[]> => {
  const counts = await client.countUpdates({ params: { campaign: id } });
  const listed = countsOf(updates);
  const open = Object.values(counts.open).reduce((sum, count) => sum + count, 0);
  const told = new Map([...Object.entries(counts.closed), ['open', open] as const]);
  const names = new Set([...told.keys(), ...listed.keys()]);
  const pairs = [...names].map((name) => [name, told.get(name) ?? 0, listed.get(name) ?? 0] as const);
  return [...pairs, ['in all', counts.total, updates.length] as const]
    .filter(([, server, counted]) => server !== counted)
    .map(([name, server, counted]) => ({
      ...{ campaign: id, device: null, about: 'count' },
      problem: `${server} ${name}; its devices add up to ${counted}`,
    }));
};

const compareVersions = async (
  client: Call,
  truths: ReadonlyMap<string, DeviceTruth>,
): Promise<readonly Difference[]> => {
  const devices = await allOf((cursor) => client.listDevices({ query: paging(cursor) }));
  const known = new Map(devices.map((device) => [device.id, device]));
  return [...truths.values()].flatMap((truth): readonly Difference[] => {
    const at = { campaign: null, device: truth.device };
    const device = known.get(truth.device);
    if (device === undefined) return [{ ...at, about: 'device', problem: 'it is not known' }];
    const version = device.versions['firmware'] ?? '';
    if (version === truth.told) return [];
    return [
      {
        ...at,
        about: 'version',
        problem: `version ${version}; it told ${truth.told} and runs ${truth.runs}`,
      },
    ];
  });
};

/** Attempts that no campaign has asked for, where all campaigns are looked at. */
const strays = (truths: Iterable<DeviceTruth>, sendings: readonly Sending[]): readonly Difference[] =>
  [...truths].flatMap((truth) => {
    const asked = new Set(sendings.flatMap((sending) => attemptsIn(sending, truth)));
    return truth.attempts
      .filter((attempt) => !asked.has(attempt))
      .map(({ version, begun }) => ({
        ...{ campaign: null, device: truth.device, about: 'campaign' as const },
        problem: `no campaign asked for its attempt at ${version || 'a package'} of ${new Date(begun).toISOString()}`,
      }));
  });

/** Holds what a server believes against what really happened; only these campaigns where some are named. */
export const compare = async (
  client: Call,
  { devices }: Pick<Ledger, 'devices'>,
  ids: readonly string[] = [],
): Promise<Comparison> => {
  const truths = new Map(devices.map((truth) => [truth.device, truth]));
  const digestOf = createDigests(client);
  const differences: Difference[] = [];
  const campaigns: Comparison['campaigns'][number][] = [];
  const sendings: Sending[] = [];
  let updates = 0;
  for (const campaign of await campaignsOf(client, ids)) {
    const params = { campaign: campaign.id };
    const listed = await allOf((cursor) => client.listCampaignDevices({ params, query: paging(cursor) }));
    const packs = new Set([...campaign.packages, ...listed.flatMap((update) => update.packages ?? [])]);
    const sending = { campaign, digests: new Set(await Promise.all([...packs].map(digestOf))) };
    sendings.push(sending);
    for (const update of listed) {
      const truth = truths.get(update.device);
      if (truth === undefined) continue;
      updates += 1;
      differences.push(...compareUpdate(sending, update, truth));
    }
    differences.push(...(await compareCounts(client, campaign.id, listed)));
    campaigns.push({ id: campaign.id, name: campaign.name, devices: listed.length });
  }
  if (ids.length === 0) differences.push(...strays(truths.values(), sendings));
  differences.push(...(await compareVersions(client, truths)));
  const attempts = devices.reduce((sum, truth) => sum + truth.attempts.length, 0);
  return { campaigns, devices: devices.length, updates, attempts, differences };
};
