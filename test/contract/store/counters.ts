import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredCampaign, StoredDevice, StoredUpdate } from '../../../src/app/records.ts';
import { answersRecall } from '../../../src/domain/device.ts';
import { phases } from '../../../src/domain/position.ts';
import type { Admission, TalliesByScope } from '../../../src/domain/tally.ts';
import { decide, evolveAll, outcomes, reasons, type UpdateCommand } from '../../../src/domain/update.ts';
import { ada, NOON, sampleDevice, sampleEntry, sampleEvent } from '../../support/samples.ts';
import { recountTallies } from './admitting.ts';
import { newWorld, type OpenStore, recount, useStore, type World } from './world.ts';

const DEVICES = 8;

type Action =
  | { readonly do: 'command'; readonly device: number; readonly command: UpdateCommand }
  | { readonly do: 'add' | 'add-again' | 'close' | 'recall' | 'speak'; readonly device: number }
  | { readonly do: 'hand-out'; readonly device: number; readonly admission: Admission | null }
  | { readonly do: 'retry' | 'replace-device'; readonly device: number };

const scopes = [
  '',
  'wave/0',
  'wave/1',
  'attributes.depot/Kiel',
  `attributes.depot/${'K'.repeat(3_000)}`,
  'minute/29500000',
];
const admission: fc.Arbitrary<Admission | null> = fc.option(
  fc.record({ wave: fc.option(fc.nat({ max: 1 })), scopes: fc.subarray(scopes) }),
);

const phase = fc.constantFrom(...phases);
const reason = fc.constantFrom(...reasons);
const aftermath = fc.oneof(
  fc.constant({ do: 'close' } as const),
  fc.constant({ do: 'reset' } as const),
  fc.constant({ do: 'retry', notBefore: NOON } as const),
);
const closable = outcomes.filter((outcome) => outcome !== 'succeeded');

const ending = { outcome: fc.constantFrom(...closable), reason, message: fc.constant('') };

const command: fc.Arbitrary<UpdateCommand> = fc.oneof(
  fc.constant({ type: 'check-in' } as const),
  fc.record({ type: fc.constant('advance' as const), checkpoint: fc.boolean(), gateOpen: fc.constant(true) }),
  fc.record({ type: fc.constant('schedule' as const), phase, slot: fc.constant({ begin: NOON, end: null }) }),
  fc.record({ type: fc.constant('deliver' as const), packages: fc.constant(['p']), admission }),
  fc.record({
    type: fc.constant('report' as const),
    phase,
    step: fc.constantFrom('running' as const, 'complete' as const),
  }),
  fc.record({ type: fc.constant('report-failure' as const), reason, message: fc.string(), aftermath }),
  fc.record({ type: fc.constant('report-reset' as const), step: fc.constantFrom('complete', 'failed') }),
  fc.record({ type: fc.constant('time-out' as const), message: fc.constant('slow'), aftermath }),
  fc.record({
    type: fc.constant('answer-recall' as const),
    answer: fc.constantFrom('stopped' as const, 'refused' as const),
    message: fc.constant('busy'),
  }),
  fc.record({
    type: fc.constant('close' as const),
    ...ending,
  }),
  fc.record({ type: fc.constant('recall' as const), ...ending }),
);

/** What brings a new update to where its device is told to begin. */
const towardsDelivery = (given: Admission | null): readonly UpdateCommand[] => [
  { type: 'check-in' },
  { type: 'advance', checkpoint: false, gateOpen: true },
  { type: 'deliver', packages: ['p'], admission: given },
];

const device = fc.nat({ max: DEVICES - 1 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('command' as const), device, command }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('add', 'add-again', 'close'), device }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('recall', 'speak'), device }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('hand-out' as const), device, admission }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retry' as const), device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace-device' as const), device }) },
);

const byName = (world: World, index: number): Promise<StoredDevice | undefined> =>
  world.store.devices.find(world.account, `d${index}`);

const obey = async (
  world: World,
  campaign: StoredCampaign,
  { key }: StoredDevice,
  given: UpdateCommand,
): Promise<void> => {
  const was = await world.store.updates.find(world.account, campaign.key, key);
  if (was === undefined) return;
  const decision = decide(was, given, NOON);
  if (!decision.ok || decision.value.length === 0) return;
  const about = { campaign: campaign.key, device: key };
  await world.attempt(
    [{ save: 'update', was, value: evolveAll(was, decision.value, NOON) }],
    decision.value.map((event) => sampleEvent(event, about)),
  );
};

const act = async (world: World, campaign: StoredCampaign, step: Action): Promise<void> => {
  const found = await byName(world, step.device);
  if (found === undefined) return;
  if (step.do === 'command') return obey(world, campaign, found, step.command);
  if (step.do === 'hand-out') {
    for (const given of towardsDelivery(step.admission)) await obey(world, campaign, found, given);
    return;
  }
  if (step.do === 'replace-device') {
    await world.attempt([{ drop: 'device', was: found }]);
    await world.attempt([{ save: 'device', value: sampleDevice({ id: found.id }) }]);
    return;
  }
  const request = {
    account: world.account,
    campaign: campaign.key,
    actor: ada,
    now: NOON,
    by: 'ids',
  } as const;
  const deviceIds = [found.id];
  if (step.do === 'retry') {
    const { by: _, ...about } = request;
    const piece = { outcomes: ['failed', 'cancelled'], notBefore: 0, after: 0, limit: 100 } as const;
    await world.store.updates.retry({ ...about, ...piece });
    return;
  }
  if (step.do === 'close' || step.do === 'recall') {
    const closing = { outcome: 'closed-by-operator', reason: 'none', message: '' } as const;
    const recall = step.do === 'recall' ? answersRecall : [];
    await world.store.updates.close({ ...request, ...closing, recall, deviceIds });
    return;
  }
  if (step.do === 'speak') {
    const about = { campaign: campaign.key, device: found.key };
    await world.attempt([{ append: 'log', ...about, entry: sampleEntry() }]);
    return;
  }
  await world.store.updates.add({ ...request, deviceIds, again: step.do === 'add-again' });
};

const fillFleet = async (world: World): Promise<void> => {
  const values = Array.from({ length: DEVICES }, (_, index) => sampleDevice({ id: `d${index}` }));
  await world.store.devices.saveMany(
    world.account,
    values.map((value) => ({ value })),
    { actor: ada, now: NOON },
  );
};

/** Where the closed ones ended, but for those that were taken out. */
const recountEnds = (updates: readonly StoredUpdate[]): Readonly<Record<string, number>> => {
  const ended = updates.filter(({ status }) => status === 'closed');
  const present = ended.filter((update) => !('outcome' in update && update.outcome === 'removed'));
  const groups = Map.groupBy(present, ({ position }) => position);
  return Object.fromEntries([...groups].map(([position, { length }]) => [position, length]));
};

/** What the tallies must say: the starts by the events that tell of them, all else by looking at every update. */
const recountAll = async (world: World, updates: readonly StoredUpdate[]): Promise<TalliesByScope> => {
  const counted = new Map(recountTallies(updates));
  for (const { body } of await world.events()) {
    if (body.type !== 'update-admitted') continue;
    for (const scope of body.scopes) {
      const ofScope = counted.get(scope);
      counted.set(scope, { ...ofScope, started: (ofScope?.started ?? 0) + 1 });
    }
  }
  return counted;
};

export const countersContract = (open: OpenStore): void => {
  describe('counters', () => {
    const store = useStore(open);

    it('always say what counting would, and events have no gaps', async () => {
      const batches = fc.array(fc.array(action, { minLength: 1, maxLength: 8 }), {
        minLength: 10,
        maxLength: 25,
      });
      await fc.assert(
        fc.asyncProperty(batches, async (given) => {
          const world = await newWorld(store());
          await fillFleet(world);
          const campaign = await world.addCampaign();
          const devices = await world.store.devices.findMany(world.account, ['d0', 'd1', 'd2', 'd3', 'd4']);
          await world.join(campaign, devices);
          for (const batch of given) {
            await Promise.all(batch.map((step) => act(world, campaign, step)));
            const updates = await world.updatesOf(campaign);
            expect(await world.counts(campaign)).toEqual(recount(updates));
            const { closedAt } = await world.store.campaigns.counts(world.account, campaign.key);
            expect(closedAt).toEqual(recountEnds(updates));
            const tallies = await world.store.campaigns.tallies(world.account, campaign.key, scopes);
            expect(tallies).toEqual(await recountAll(world, updates));
          }
          const events = await world.events();
          expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
        }),
        { numRuns: 8 },
      );
    });
  });
};
