import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must } from '../../contract/store/world.ts';
import { expectProblem } from '../../support/expect-problem.ts';
import { newTenant, tokenFor } from '../../support/tenant.ts';
import { type Fleet, startFleet } from '../ddi/fleet.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet();
});
afterAll(() => fleet.api.close());

type Listed = {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly wire: string | null;
  readonly actor: { readonly kind: string; readonly id: string | null };
  readonly campaign: string | null;
  readonly device: string | null;
};

const list = async (query: string, as?: string): Promise<readonly Listed[]> =>
  (await fleet.api.call('GET', `/events?limit=1000&${query}`, as === undefined ? {} : { as })).body.items;

/** A device that has reported over its own protocol in a campaign that a person has started. */
const under = async () => {
  const { device, campaign } = await fleet.offered();
  return { device: device.id, campaign: campaign.id };
};

describe('GET /events', () => {
  it('shows all that happened in a campaign and to its devices, over every wire, with whom and how', async () => {
    const { campaign, device } = await under();
    const found = await list(`campaign=${campaign}`);
    expect(found.map(({ seq }) => seq)).toEqual(found.map(({ seq }) => seq).sort((a, b) => b - a));
    expect(new Set(found.map(({ campaign: of }) => of))).toEqual(new Set([campaign]));
    const started = found.find(({ type }) => type === 'campaign-started');
    expect(started).toMatchObject({ wire: 'muster', actor: { kind: 'user' }, device: null });
    const reported = found.find(({ actor }) => actor.kind === 'device');
    expect(reported).toMatchObject({ wire: 'ddi', actor: { id: device }, device });
  });

  it('shows what happened to a device, and to a device in a campaign', async () => {
    const { campaign, device } = await under();
    const ofDevice = await list(`device=${device}`);
    expect(ofDevice.map(({ type }) => type)).toContain('device-registered');
    const inCampaign = await list(`device=${device}&campaign=${campaign}`);
    expect(inCampaign.length).toBeGreaterThan(0);
    expect(inCampaign.every((event) => event.device === device && event.campaign === campaign)).toBe(true);
    expect(inCampaign.length).toBeLessThan(ofDevice.length);
  });

  it('filters by type and time, and goes on where a page ended', async () => {
    const { campaign } = await under();
    const all = await list(`campaign=${campaign}`);
    const moves = await list(`campaign=${campaign}&types=update-moved`);
    expect(moves).toEqual(all.filter(({ type }) => type === 'update-moved'));
    expect(moves.length).toBeGreaterThan(1);
    const { at } = must(all[0]);
    expect(await list(`campaign=${campaign}&to=${at}`)).toEqual(all.filter((event) => event.at < at));
    expect(await list(`campaign=${campaign}&from=${at}`)).toEqual(all.filter((event) => event.at >= at));
    const paged: Listed[] = [];
    let cursor = '';
    do {
      const path = `/events?campaign=${campaign}&types=update-moved&limit=1${cursor}`;
      const { items, next } = (await fleet.api.call('GET', path)).body;
      paged.push(...items);
      cursor = next === null ? '' : `&cursor=${next}`;
    } while (cursor !== '');
    expect(paged).toEqual(moves);
  });

  it('shows to each what they may see', async () => {
    const tenant = await newTenant(fleet.api.context);
    const administrator = await tokenFor(fleet.api.context, await tenant.person('Administrator'));
    await fleet.api.call('POST', '/queries', {
      as: administrator,
      body: { name: 'Trucks', expression: 'tag = north' },
    });
    const typesFor = async (role: string) => {
      const as = await tokenFor(fleet.api.context, await tenant.person(role));
      return new Set((await list('', as)).map(({ type }) => type));
    };
    expect(await typesFor('Auditor')).toContain('query-saved');
    expect(await typesFor('Viewer')).not.toContain('query-saved');
    expect(await typesFor('Viewer')).toContain('updates-added');
    expect(await typesFor('Gateway Administrator')).not.toContain('updates-added');
    const packager = await tokenFor(fleet.api.context, await tenant.person('Package Administrator'));
    expect((await fleet.api.call('GET', '/events', { as: packager })).status).toBe(403);
  });

  it('refuses types that there are not', async () => {
    expectProblem(await fleet.api.call('GET', '/events?types=weather'), 422);
    const { campaign, device } = await under();
    const path = `/campaigns/${campaign}/devices/${device}/events`;
    expectProblem(await fleet.api.call('GET', `${path}?types=weather`), 422);
    const { items } = (await fleet.api.call('GET', `${path}?types=update-moved`)).body;
    expect(new Set(items.map(({ type }: Listed) => type))).toEqual(new Set(['update-moved']));
  });
});
