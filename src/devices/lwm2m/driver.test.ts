import { describe, expect, it } from 'vitest';
import { must } from '../../../test/contract/store/world.ts';
import { type Fleet, newFleet } from '../../../test/support/fleet.ts';
import type { StoredDevice } from '../../app/records.ts';
import { openMemoryBlobs } from '../../blobs/memory.ts';
import { HOUR, MINUTE } from '../../domain/time.ts';
import { createAgenda } from './agenda.ts';
import { createBlockSources } from './block-source.ts';
import type { CoapPeer, Exchange, OutgoingRequest } from './coap/peer.ts';
import type { Lwm2mSettings } from './deps.ts';
import { createDriver } from './driver.ts';
import { createLimiter } from './limiter.ts';
import { createTokens } from './observation.ts';
import { expiryOf, type Registered } from './registered.ts';
import { createRegistry } from './registry.ts';
import { idleSession } from './session.ts';

const association = { key: '10.0.0.1 1', address: '10.0.0.1', port: 1, identity: undefined };
const silence: Exchange = { ok: false, why: 'timeout', offset: 0 };

/** A device that tells these resources as texts, and says yes to all else; `asked` has what came to it. */
const scripted = (resources: Readonly<Record<string, string>>) => {
  const asked: string[] = [];
  const state = { isSilent: false, whenAsked: async (): Promise<void> => undefined };
  const answer = async ({ method, path }: Pick<OutgoingRequest, 'method' | 'path'>, by: string) => {
    asked.push(`${by} /${path.join('/')}`);
    await state.whenAsked();
    if (state.isSilent) return silence;
    const text = resources[path.join('/')];
    const isRead = method === 'GET';
    const code = isRead ? (text === undefined ? '4.04' : '2.05') : '2.04';
    return { ok: true, response: { code, contentFormat: 0, payload: Buffer.from(text ?? '') } } as const;
  };
  const peer: CoapPeer = {
    association,
    request: (request) => answer(request, request.method),
    observe: (request) => answer({ ...request, method: 'GET' }, 'observe'),
    cancelObservation: () => undefined,
    drop: () => undefined,
  };
  return { peer, asked, state };
};

const timing = { awakeWindow: MINUTE, pollEvery: MINUTE, installTimeout: HOUR, clearText: true };
const settings: Lwm2mSettings = {
  ...{ account: '', publicUrl: '', publicHost: '', machine: 'here' },
  ...{ bootstrap: 'off', pushes: 1, registrations: 1, ticketTtl: HOUR, defaults: timing },
};

/** A driver over the store of a fleet, and another process beside it. */
const drive = ({ deps }: Pick<Fleet, 'deps'>) => {
  const registryAt = (home: string) =>
    createRegistry({
      ...deps,
      isOurs: (other) => other === home,
      later: () => () => undefined,
      report: () => undefined,
      lost: () => undefined,
      taken: () => undefined,
    });
  const [here, there] = [registryAt('here'), registryAt('there')];
  const agenda = createAgenda<Registered>();
  const driver = createDriver({
    ...{ ...deps, settings, agenda, registry: here, blobs: openMemoryBlobs(), sources: createBlockSources() },
    ...{ short: createLimiter(1), long: createLimiter(1), seen: { note: () => undefined } },
    ...{ log: { info: () => undefined, warn: () => undefined }, later: () => () => undefined },
    tokens: createTokens(deps.hashing, ''),
    origins: () => ({}),
    reach: ({ peer }) => peer,
    isOurs: (home) => home === 'here',
  });
  const visit = async (registered: Registered): Promise<void> => {
    driver.visit(registered, 'time');
    await driver.idle();
  };
  return { here, there, agenda, visit };
};

describe('a visit', () => {
  const HEARD = 2 * MINUTE;

  const registered = (fleet: Fleet, device: StoredDevice, peer: CoapPeer): Registered => {
    const now = fleet.deps.clock();
    return {
      ...{ id: 'registr-10', account: fleet.operator.account.key, device: device.key, deviceId: device.id },
      ...{ ...association, identity: '', listener: 'coap', home: 'here', enabler: '1.1', queue: false },
      ...{ lifetime: 0, root: '', parameters: '', objects: '3/0 5@1.1 5/0', expiresAt: expiryOf(0, now) },
      ...{ session: idleSession, peer, heardAt: now, stored: { version: 0, isLost: false } },
    };
  };

  const transfer = async () => {
    const fleet = await newFleet();
    const { device } = await fleet.launch({}, { protocol: 'lwm2m' });
    const script = scripted({ '3/0/3': '1.2.0', '5/0/3': '1', '5/0/5': '0' });
    const driven = drive(fleet);
    await driven.here.take(registered(fleet, device, script.peer));
    const known = (): Registered => must(driven.here.ofDevice(fleet.operator.account.key, device.key));
    return { fleet, ...driven, ...script, known };
  };

  it('of a device that was given something to do ends with a time for the next one', async () => {
    const { agenda, visit, known } = await transfer();
    await visit(known());
    expect(known().session).toMatchObject({ stage: 'transferring', way: 'push' });
    expect(agenda.size()).toBe(1);
  });

  it('is over when the device turns to another process while it is asked', async () => {
    const { fleet, here, there, agenda, state, visit, known } = await transfer();
    const before = known();
    fleet.pass(HEARD);
    state.whenAsked = async () => {
      state.whenAsked = async () => undefined;
      await there.take({ ...before, home: 'there', stored: { ...before.stored } });
      expect(await here.confirm(before)).toBe(false);
    };
    await visit(before);
    expect(agenda.size()).toBe(0);
    expect(here.size()).toBe(0);
  });

  it('of a device that has registered anew observes it once it has answered', async () => {
    const { here, asked, state, visit, known } = await transfer();
    await visit(known());
    expect(known().session).toMatchObject({ stage: 'transferring' });
    await here.take({ ...known(), id: 'registr-20' });
    asked.length = 0;
    state.isSilent = true;
    await visit(known());
    expect(asked).toEqual(['GET /5/0']);
    asked.length = 0;
    state.isSilent = false;
    await visit(known());
    expect(asked.slice(-2)).toEqual(['observe /5/0/3', 'observe /5/0/5']);
  });
});
