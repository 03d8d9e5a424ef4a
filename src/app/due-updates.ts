import { passTime } from '../domain/journey.ts';
import { ok } from '../domain/result.ts';
import { event, save } from './change.ts';
import { aboutMember } from './member.ts';
import type { Clock, Store } from './ports.ts';
import { circumstancesOf, mannerOf } from './surroundings.ts';

type Deps = { readonly store: Store; readonly clock: Clock };
type Due = Awaited<ReturnType<Store['updates']['due']>>[number];

const BATCH = 500;
/** As many at once share a flush. */
const AT_ONCE = 50;

const by = { kind: 'server' } as const;

/**
 * Moves on the updates whose slot began, or ended unused, while nobody made contact, as far as the clock alone
 * does; the others are looked at again when their gate says that it may have changed. Answers how many were due.
 */
export const runDueUpdates = async (deps: Deps): Promise<number> => {
  const due = await deps.store.updates.due(deps.clock(), BATCH);
  for (let from = 0; from < due.length; from += AT_ONCE) {
    await Promise.all(due.slice(from, from + AT_ONCE).map((one) => moveOn(deps, one)));
  }
  return due.length;
};

const moveOn = async ({ store, clock }: Deps, { account, campaign, update: found }: Due): Promise<void> => {
  const [device, owner] = await Promise.all([
    store.devices.get(account, found.device),
    store.accounts.get(account),
  ]);
  if (device === undefined || owner === undefined) return;
  const keys = { campaign: campaign.key, device: device.key };
  const nothing = { account, writes: [], events: [] };
  const moved = await save(store, aboutMember(device.id), async () => {
    const was = await store.updates.find(account, campaign.key, device.key);
    // Somebody else was quicker: what is due of it now comes with the next batch.
    if (was === undefined || was.status === 'closed' || was.version !== found.version) {
      return ok({ change: nothing, value: undefined });
    }
    const now = clock();
    const { around } = await circumstancesOf(
      store,
      owner,
      { campaign, device, update: was },
      mannerOf(device),
      now,
    );
    const { update: value, events, next } = passTime(was, around, now);
    if (events.length === 0) return ok({ change: nothing, value: { was, next } });
    const written = events.map((body) => event(body, { actor: by, at: now }, keys));
    return ok({
      change: { account, writes: [{ save: 'update', was, value }], events: written },
      value: undefined,
    });
  });
  if (moved.ok && moved.value !== undefined) {
    await store.updates.postpone(account, moved.value.was, moved.value.next);
  }
};
