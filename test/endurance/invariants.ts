import type { StoredAccount } from '../../src/app/account-records.ts';
import { verifyAudit } from '../../src/app/audit-log.ts';
import type { Store } from '../../src/app/ports.ts';
import type { StoredCampaign, StoredUpdate } from '../../src/app/records.ts';
import type { Tallies, TalliesByScope } from '../../src/domain/tally.ts';
import { nodeHashing } from '../../src/server/crypto.ts';
import { recountTallies } from '../contract/store/admitting.ts';
import { ANY_CAMPAIGN, allPages, NO_FILTER, recount } from '../contract/store/world.ts';

/** What a store must never be found in, in words; empty when it is well. */
export type Problems = readonly string[];

const PAGE = 1_000;

const same = (one: object, other: object): boolean => {
  const sorted = (value: object) =>
    JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(one) === sorted(other);
};

const withoutZeros = (counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));

/** Starts are counted by events, and not by what updates are. */
const withoutStarts = ({ started: _, ...rest }: Tallies): Readonly<Record<string, number>> =>
  withoutZeros(rest);

const updatesOf = async (
  store: Store,
  { key }: StoredAccount,
  campaign: StoredCampaign,
): Promise<readonly StoredUpdate[]> =>
  allPages((after) => store.updates.list(key, campaign.key, NO_FILTER, { after, limit: PAGE }));

const differences = (name: string, counted: TalliesByScope, kept: TalliesByScope): Problems =>
  [...counted].flatMap(([scope, tallies]) => {
    const is = withoutStarts(kept.get(scope) ?? {});
    const counts = withoutStarts(tallies);
    return same(is, counts)
      ? []
      : [`tallies "${scope}" of ${name} are ${JSON.stringify(is)}; counted ${JSON.stringify(counts)}`];
  });

const checkCampaign = async (
  store: Store,
  account: StoredAccount,
  campaign: StoredCampaign,
): Promise<Problems> => {
  const updates = await updatesOf(store, account, campaign);
  const { open, closed } = await store.campaigns.counts(account.key, campaign.key);
  const counted = recount(updates);
  const { name } = campaign.plan;
  const isCounted = same(withoutZeros(open), counted.open) && same(withoutZeros(closed), counted.closed);
  const scopes = recountTallies(updates);
  const kept = await store.campaigns.tallies(account.key, campaign.key, [...scopes.keys()]);
  return [
    ...(isCounted
      ? []
      : [`counters of ${name} are ${JSON.stringify({ open, closed })}; counted ${JSON.stringify(counted)}`]),
    ...differences(name, scopes, kept),
  ];
};

const checkEvents = async (store: Store, { id, key }: StoredAccount): Promise<Problems> => {
  let [after, expected] = [0, 0];
  for (;;) {
    const events = await store.events.since(key, { after, limit: PAGE });
    for (const { seq } of events) {
      expected += 1;
      if (seq !== expected) return [`event ${expected} of ${id} is missing; ${seq} follows`];
    }
    const last = events.at(-1);
    if (last === undefined) return [];
    after = last.seq;
  }
};

const checkAudit = async (store: Store, { id, key }: StoredAccount): Promise<Problems> => {
  const verdict = await verifyAudit({ store, hashing: nodeHashing }, key);
  if (!verdict.ok || verdict.value.intact) return [];
  return [`the audit chain of ${id} is broken at ${verdict.value.n}: ${verdict.value.problem}`];
};

/** Counters and tallies equal a recount, and events are numbered without gaps. */
export const checkInvariants = async (store: Store): Promise<Problems> => {
  const problems: string[] = [];
  for (const account of await allPages((after) => store.accounts.list({ after, limit: PAGE }))) {
    const campaigns = await allPages((after) =>
      store.campaigns.list(account.key, ANY_CAMPAIGN, { after, limit: PAGE }),
    );
    for (const campaign of campaigns) problems.push(...(await checkCampaign(store, account, campaign)));
    problems.push(...(await checkEvents(store, account)));
  }
  return problems;
};

/** The audit chain of each account verifies. */
export const checkAudits = async (store: Store): Promise<Problems> => {
  const accounts = await allPages((after) => store.accounts.list({ after, limit: PAGE }));
  return (await Promise.all(accounts.map((account) => checkAudit(store, account)))).flat();
};
