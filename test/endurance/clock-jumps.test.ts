import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/app/audit-log.ts';
import { ProblemError } from '../../src/client/muster.ts';
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts';
import { isInside } from '../../src/domain/window.ts';
import { nodeHashing } from '../../src/server/crypto.ts';
import { openMemory } from '../../src/store/memory.ts';
import { must, newWorld } from '../contract/store/world.ts';
import { countFailures } from '../support/failures.ts';
import { fakePush } from '../support/fake-push.ts';
import { noteFigure } from '../support/figures.ts';
import { NOON, sampleCampaign, sampleJob } from '../support/samples.ts';
import { everyEvent } from './simulation/invariants.ts';
import { openWorkplace, type Workplace } from './simulation/workplace.ts';

const jumps = [-DAY, -HOUR, HOUR, DAY];
/** Changes of clocks, a leap day, and the end of seconds in 32 bits. */
const days = ['2026-03-29', '2028-02-29', '2038-01-19'];

/** Longer than five minutes between two looks are a jump themselves. */
const TICK = 4 * MINUTE;

let elapsed = 0;
let offset = 0;
let start = 0;
let place: Workplace;
let checked = 0;
let problems = 0;
const failures = countFailures();

/** A server whose clock begins on a day. */
const openOn = async (day: string): Promise<void> => {
  [elapsed, offset, start] = [0, 0, Date.parse(`${day}T00:30:00Z`)];
  const clock = (): number => start + elapsed + offset;
  place = await openWorkplace({ seed: 14, clock, elapsed: () => elapsed, push: fakePush() });
};

/** Lets so much time pass, in which the server does its work. */
const pass = async (milliseconds: number): Promise<void> => {
  for (const end = elapsed + milliseconds; elapsed < end; ) {
    elapsed = Math.min(end, elapsed + TICK);
    await place.work();
  }
};

const eventsOf = async (type: string): Promise<number> => {
  const { store } = place.machine.now();
  const { key } = must(await store.accounts.find('DEFAULT'));
  return (await everyEvent(store, key)).filter(({ body }) => body.type === type).length;
};

afterEach(async () => {
  problems += place.problems.length;
  await place.machine.stop();
  expect(place.problems).toEqual([]);
});
afterAll(async () => {
  const pass = failures() + problems === 0 && checked > 0;
  const figure = { seed: 14, pass, command: 'vitest run test/endurance/clock-jumps.test.ts' };
  const scale = `jumps of an hour and a day both ways on ${days.length} days`;
  await noteFigure({
    ...figure,
    id: 'R-14',
    result: `${failures()} violations in ${checked} looks, ${scale}`,
  });
  const kept = `${failures()} tests of leases, chain and order failed, ${scale}`;
  await noteFigure({ ...figure, id: 'R-15', part: 'one server', result: kept });
});

const cases = days.flatMap((day) => jumps.map((jump) => [day, jump / HOUR, jump] as const));

describe.each(cases)('on %s a jump of %d hours', (day, _, jump) => {
  beforeEach(() => openOn(day));

  const schedule = async (): Promise<void> => {
    const { client } = place;
    const bytes = { type: 'application/octet-stream', data: new Uint8Array([1]) };
    const pack = await client.createPackage({ query: { name: 'image', version: '2.0' }, bytes });
    await client.createDevice({ body: { id: 'gw-1' } });
    const at = start + elapsed + offset;
    const body = { name: 'nightly', packages: [pack.id], endAt: new Date(at + 4 * HOUR).toISOString() };
    const { id: campaign } = await client.createCampaign({ body });
    await client.addCampaignDevices({ params: { campaign }, body: { devices: ['gw-1'] } });
    const startAt = new Date(at + 2 * HOUR).toISOString();
    await client.scheduleCampaign({ params: { campaign }, body: { startAt } });
  };
  const starts = async (): Promise<readonly number[]> => {
    checked += 1;
    return [await eventsOf('campaign-started'), await eventsOf('campaign-ended')];
  };

  it('before a schedule lets it fire once', async () => {
    await schedule();
    await pass(HOUR);
    offset = jump;
    await pass(HOUR);
    offset = 0;
    await pass(4 * HOUR);
    expect(await starts()).toEqual([1, 1]);
  });

  it('after a schedule does not let it fire again', async () => {
    await schedule();
    await pass(2.5 * HOUR);
    expect(await starts()).toEqual([1, 0]);
    offset = jump;
    await pass(HOUR);
    offset = 0;
    await pass(4 * HOUR);
    expect(await starts()).toEqual([1, 1]);
  });

  it('leaves a token as long as it was to last, and does not bring it back', async () => {
    const { client, clientOf } = place;
    const expiresAt = new Date(start + 3 * HOUR).toISOString();
    const { token } = await client.createToken({ body: { name: 'short', expiresAt } });
    const works = async (): Promise<boolean> => {
      checked += 1;
      try {
        await clientOf(token).getSession({});
        return true;
      } catch (error) {
        if (error instanceof ProblemError && error.problem.status === 401) return false;
        throw error;
      }
    };
    await pass(HOUR);
    offset = jump;
    await pass(HOUR);
    // As long as the clock says so it is over, and no longer.
    expect(await works()).toBe(start + elapsed + offset < start + 3 * HOUR);
    offset = 0;
    expect(await works()).toBe(true);
    await pass(HOUR + MINUTE);
    expect(await works()).toBe(false);
    await pass(2 * DAY);
    offset = -DAY;
    expect(await works()).toBe(false);
  });

  it('leaves the audit chain whole and events in the order in which they were answered', async () => {
    const { client, machine } = place;
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const [at, name] of names.entries()) {
      await client.createQuery({ body: { name, expression: 'model = "GW-1"' } });
      offset = at % 2 === 0 ? jump : 0;
      await pass(10 * MINUTE);
    }
    const { store } = machine.now();
    const { key } = must(await store.accounts.find('DEFAULT'));
    const verdict = await verifyAudit({ store, hashing: nodeHashing }, key);
    expect(verdict).toMatchObject({ ok: true, value: { intact: true } });
    const events = await everyEvent(store, key);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const { items } = await client.listQueries({ query: {} });
    const made = events.flatMap(({ body }) => (body.type === 'query-saved' ? [body.id] : []));
    expect(made).toEqual(names.map((name) => must(items.find((query) => query.name === name)).id));
  });

  it('never gives the work of one to another before its lease is over', async () => {
    const world = await newWorld(openMemory());
    const { store } = world;
    const campaign = await world.addCampaign(sampleCampaign({}));
    await world.write({ save: 'job', value: sampleJob(campaign, { notBefore: NOON - 2 * DAY }) });
    const lease = NOON + MINUTE;
    expect(await store.jobs.claim(NOON, lease)).toBeDefined();
    const now = NOON + jump;
    const again = await store.jobs.claim(now, now + MINUTE);
    expect(again !== undefined).toBe(now > lease);
  });
});

describe('windows on the wall clock of a device', () => {
  beforeEach(() => openOn('2026-06-01'));

  const zones = [
    ...['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Africa/Casablanca'],
    ...['America/Havana', 'Asia/Beirut', 'Pacific/Chatham', 'Africa/Cairo', 'Antarctica/Troll'],
  ];
  const week = [1, 2, 3, 4, 5, 6, 7];
  const night = { days: week, from: 22 * 60, to: 6 * 60, zone: 'device' } as const;
  const noon = { days: week, from: 9 * 60, to: 17 * 60, zone: 'device' } as const;

  it.each(zones)('are open in %s as that clock says, around each change of it from 2026 to 2030', (zone) => {
    let when: Temporal.ZonedDateTime | null = Temporal.ZonedDateTime.from(`2026-01-01T00:00[${zone}]`);
    for (when = when.getTimeZoneTransition('next'); when !== null && when.year < 2031; ) {
      const change = when.epochMilliseconds;
      for (let now = change - 26 * HOUR; now < change + 26 * HOUR; now += 15 * MINUTE) {
        const { hour } = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
        checked += 1;
        expect([isInside(night, zone, now), isInside(noon, zone, now)], `${now}`).toEqual([
          hour >= 22 || hour < 6,
          hour >= 9 && hour < 17,
        ]);
      }
      when = when.getTimeZoneTransition('next');
    }
  });
});
