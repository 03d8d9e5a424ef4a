import type { Store } from '../../../src/app/ports.ts';
import type { StoredCampaign } from '../../../src/app/records.ts';
import type { AddUpdates, CloseUpdates } from '../../../src/app/writes.ts';
import { ada, NOON } from '../../support/samples.ts';
import { newWorld, type World } from './world.ts';

export const NORTH = { type: 'compare', field: { kind: 'tag' }, operator: '=', value: 'north' } as const;
export const SOUTH = { ...NORTH, value: 'south' } as const;

export const bulk = ({ account }: World, { key }: StoredCampaign) => ({
  ...{ account, campaign: key, actor: ada, now: NOON + 9 },
});

export const byQuery = (
  world: World,
  campaign: StoredCampaign,
  after: number,
  limit: number,
): Extract<AddUpdates, { by: 'query' }> => ({
  ...bulk(world, campaign),
  ...{ by: 'query', where: NORTH, after, limit },
});

export const closing = { outcome: 'cancelled', reason: 'campaign-cancelled', message: 'It rains' } as const;

/** Closes whatever the device was told. */
export const ending = { ...closing, recall: [] } as const;

export const closeAll = (
  world: World,
  campaign: StoredCampaign,
  after: number,
  limit: number,
): CloseUpdates => ({
  ...{ ...bulk(world, campaign), ...ending, by: 'all', after, limit },
});

/** Runs the pieces of a bulk job to their end and answers what each did. */
export const pieces = async <Done extends { readonly next: number | null }>(
  piece: (after: number) => Promise<Done>,
): Promise<readonly Done[]> => {
  const all: Done[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const done: Done = await piece(after);
    if (done.next !== null && done.next <= after) throw new Error('the cursor does not go on');
    all.push(done);
    after = done.next;
  }
  return all;
};

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** An account with devices and a campaign that none of them is in. */
export const populated = async (store: Store, size: number) => {
  const world = await newWorld(store);
  const [devices, campaign] = [await world.addDevices(size), await world.addCampaign()];
  return { world, devices, campaign, account: world.account };
};
