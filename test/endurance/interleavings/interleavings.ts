import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { commandCampaign } from '../../../src/app/campaigns.ts';
import { checkIn, report } from '../../../src/app/check-in.ts';
import { runNextJob } from '../../../src/app/jobs.ts';
import { addDevices, removeDevices } from '../../../src/app/members.ts';
import type { Store } from '../../../src/app/ports.ts';
import type { StoredCampaign, StoredDevice } from '../../../src/app/records.ts';
import { countOf } from '../../../src/domain/tally.ts';
import { openMemory } from '../../../src/store/memory.ts';
import { must } from '../../contract/store/world.ts';
import { type Fleet, newFleet } from '../../support/fleet.ts';
import { checkInvariants } from '../invariants.ts';
import { wholeNumber } from '../options.ts';
import type { Finding, Scenario } from '../scenario.ts';
import { shuffledStore } from './shuffled-store.ts';

/** One thing that somebody does while others do theirs. */
type Act =
  | { readonly do: 'command'; readonly type: 'pause' | 'resume' | 'stop' | 'start' | 'cancel' | 'end' }
  | { readonly do: 'contact' | 'begin' | 'succeed' | 'fail' | 'add' | 'remove'; readonly device: number };

const DEVICES = 4;
const CAP = 1;
const MOST = 8;

const commands = ['pause', 'resume', 'stop', 'start', 'cancel', 'end'] as const;
const deeds = ['contact', 'contact', 'contact', 'begin', 'succeed', 'fail', 'add', 'remove'] as const;

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('command' as const), type: fc.constantFrom(...commands) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom(...deeds), device: fc.nat(DEVICES - 1) }) },
);

type Cast = {
  readonly fleet: Fleet;
  readonly campaign: StoredCampaign;
  readonly devices: readonly StoredDevice[];
};

const actsOf = ({ fleet, campaign, devices }: Cast, deps: Fleet['deps']) => {
  const says = (device: StoredDevice, said: Parameters<typeof report>[3]) =>
    report(deps, fleet.speakerFor(device), { campaign: campaign.id, device: device.id }, said);
  return async (one: Act): Promise<void> => {
    const device = must(devices['device' in one ? one.device : 0]);
    switch (one.do) {
      case 'command':
        await commandCampaign(deps, fleet.operator, campaign.id, { type: one.type });
        return;
      case 'contact':
        await checkIn(
          deps,
          fleet.speakerFor(device),
          must(await deps.store.devices.find(fleet.operator.account.key, device.id)),
        );
        return;
      case 'begin':
        await says(device, { type: 'progress', phase: 'download', step: 'running' });
        return;
      case 'succeed':
        await says(device, { type: 'progress', phase: 'activation', step: 'complete' });
        return;
      case 'fail':
        await says(device, { type: 'failure', reason: 'checksum-mismatch', message: 'no' });
        return;
      case 'add':
        await addDevices(deps, fleet.operator, campaign.id, [device.id]);
        return;
      case 'remove':
        await removeDevices(deps, fleet.operator, campaign.id, [device.id]);
        return;
    }
  };
};

/** Lets several act at once, in the order of calls that the scheduler draws; what is wrong afterwards. */
const play = async (
  scheduler: fc.Scheduler,
  acts: readonly Act[],
  store: Store,
): Promise<readonly string[]> => {
  const fleet = await newFleet(store);
  const given = Array.from({ length: DEVICES }, (_, index) => ({ id: `d${index}` }));
  const { campaign, devices } = await fleet.launch({ concurrency: CAP }, ...given);
  const deps = { ...fleet.deps, store: shuffledStore(fleet.store, scheduler) };
  const perform = actsOf({ fleet, campaign, devices }, deps);
  const problems: string[] = [];
  const all = acts.map((one) =>
    perform(one).catch((error: unknown) => void problems.push(`${JSON.stringify(one)} threw ${error}`)),
  );
  const playing = Promise.all(all);
  await scheduler.waitFor(playing);
  while (await runNextJob(fleet.deps));
  const tallies = await fleet.store.campaigns.tallies(fleet.operator.account.key, campaign.key, ['']);
  const inUse = countOf(tallies, '', 'in-progress');
  if (inUse > CAP) problems.push(`${inUse} devices are at it where ${CAP} may`);
  return [...problems, ...(await checkInvariants(fleet.store))];
};

/** So many orders in which the store's calls of up to eight use cases are made. */
export const playInterleavings = async (
  runs: number,
  seed: number,
  open: () => Store = openMemory,
): Promise<Finding> => {
  const acts = fc.array(act, { minLength: 2, maxLength: MOST, size: 'max' });
  const property = fc.asyncProperty(fc.scheduler(), acts, async (scheduler, all) => {
    const problems = await play(scheduler, all, open());
    if (problems.length > 0) throw new Error(problems.join('; '));
  });
  const details = await fc.check(property, { numRuns: runs, seed });
  const found = details.failed
    ? `; ${details.errorInstance}: ${JSON.stringify(details.counterexample?.[1])}`
    : '';
  const result = `${details.numRuns} schedules, ${details.failed ? 1 : 0} violations${found}`;
  return { id: 'R-09', result, pass: !details.failed, seed };
};

/** scheduled interleavings of the use cases. */
export const interleavings: Scenario = {
  usage: '--runs 50000 --seed <n>   orders of the store calls of several use cases at once',
  run: async function* (args) {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ args: [...args], options: { runs: text, seed: text } });
    const seed = values.seed === undefined ? Date.now() % 2 ** 31 : wholeNumber('seed', values.seed);
    yield await playInterleavings(wholeNumber('runs', values.runs ?? '50000'), seed);
  },
};
