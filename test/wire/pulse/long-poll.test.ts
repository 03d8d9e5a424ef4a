import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWaitingRoom } from '../../../src/devices/gateway/waiting-room.ts';
import { type PulseFleet, startPulseFleet, type TestGateway } from './gateways.ts';

let fleet: PulseFleet;
let url: string;

beforeEach(async () => {
  // A request that waits takes longer than a body may.
  fleet = await startPulseFleet({ MUSTER_REQUEST_TIMEOUT: '1s' });
  url = await fleet.api.http.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => fleet.api.close());

type Answer = { readonly status: number; readonly commands: readonly string[] };

/** A request that waits over a real connection; `begun` once the server has it. */
const wait = (gateway: TestGateway, seconds: number, signal?: AbortSignal) => {
  const begun = once(fleet.api.http.server, 'request');
  const path = `/api/devices/${gateway.id}/commands?waitSeconds=${seconds}`;
  const answer = async (): Promise<Answer> => {
    const reply = await fetch(url + path, {
      headers: { authorization: `Bearer ${gateway.token}`, connection: 'close' },
      ...(signal && { signal }),
    });
    const body = (await reply.json()) as { readonly commandMessage: readonly { readonly command: string }[] };
    return { status: reply.status, commands: body.commandMessage.map(({ command }) => command) };
  };
  return { begun, answer: answer() };
};

/** How many seconds something takes. */
const timed = async <Value>(work: Promise<Value>): Promise<readonly [Value, number]> => {
  const began = performance.now();
  return [await work, (performance.now() - began) / 1_000];
};

const nothing: Answer = { status: 200, commands: [] };

describe('a gateway that waits', () => {
  it('is answered at once when there is something already', async () => {
    const gateway = await fleet.gateway();
    await fleet.campaign([gateway]);
    const [answer, seconds] = await timed(wait(gateway, 60).answer);
    expect(answer).toEqual({ status: 200, commands: ['OTA_INVENTORY'] });
    expect(seconds).toBeLessThan(1.5);
  });

  it('is answered with nothing when its time is over', async () => {
    const gateway = await fleet.gateway();
    const [answer, seconds] = await timed(wait(gateway, 2).answer);
    expect(answer).toEqual(nothing);
    expect(seconds).toBeGreaterThan(1.9);
  });

  it('is answered as soon as somebody schedules what it is held for', async () => {
    const gateway = await fleet.gateway();
    const packages = [await fleet.pack({ HEADLESS_EXECUTION: false })];
    const campaign = await fleet.campaign([gateway], { packages });
    await gateway.poll();
    expect((await gateway.poll())?.name).toBe('OTA_CHECKPOINT');
    const { begun, answer } = wait(gateway, 60);
    await begun;
    await campaign.put(`/devices/${gateway.id}/scheduled-download`, { begin: '0', end: '0' });
    const [{ commands }, seconds] = await timed(answer);
    expect(commands).toEqual(['OTA_DOWNLOAD']);
    expect(seconds).toBeLessThan(1.5);
  });

  it('is answered as soon as somebody notifies it, also with nothing', async () => {
    const gateway = await fleet.gateway();
    const packages = [await fleet.pack({ HEADLESS_EXECUTION: false })];
    const campaign = await fleet.campaign([gateway], { packages });
    await gateway.poll();
    expect((await gateway.poll())?.name).toBe('OTA_CHECKPOINT');
    const { begun, answer } = wait(gateway, 60);
    await begun;
    await campaign.put(`/devices/${gateway.id}/notify`, {});
    const [{ commands }, seconds] = await timed(answer);
    expect(commands).toEqual([]);
    expect(seconds).toBeLessThan(1.5);
  });

  it('sees by itself what nobody told it of', async () => {
    const gateway = await fleet.gateway();
    const { begun, answer } = wait(gateway, 60);
    await begun;
    await fleet.campaign([gateway]);
    const [{ commands }, seconds] = await timed(answer);
    expect(commands).toEqual(['OTA_INVENTORY']);
    expect(seconds).toBeLessThan(10);
  });

  it('is answered when the server stops, which does not wait for it', async () => {
    const gateways = [await fleet.gateway(), await fleet.gateway()];
    const answers: Promise<Answer>[] = [];
    for (const gateway of gateways) {
      const { begun, answer } = wait(gateway, 60);
      answers.push(answer);
      await begun;
    }
    const [, seconds] = await timed(fleet.api.http.close());
    expect(seconds).toBeLessThan(5);
    expect(await Promise.all(answers)).toEqual([nothing, nothing]);
  });

  it('is handed nothing once it has hung up', async () => {
    const gateway = await fleet.gateway();
    const connected = once(fleet.api.http.server, 'connection');
    const hangUp = new AbortController();
    const { begun, answer } = wait(gateway, 60, hangUp.signal);
    const refused = expect(answer).rejects.toThrow();
    const [socket] = (await connected) as [Socket];
    await begun;
    await gateway.ask('GET', `/api/devices/${gateway.id}/enroll`);
    hangUp.abort();
    await refused;
    if (!socket.destroyed) await once(socket, 'close');
    const campaign = await fleet.campaign([gateway]);
    await campaign.put(`/devices/${gateway.id}/notify`, {});
    expect(await campaign.state(gateway)).toBe('INSTANTIATED');
  });
});

describe('the waiting room', () => {
  // Of a response only its end is looked at here.
  const response = () => Object.assign(new EventEmitter(), { destroyed: false }) as unknown as ServerResponse;

  it('takes so many and no more, until one leaves', () => {
    const room = openWaitingRoom(2);
    const first = room.enter(response(), 60_000);
    expect(room.enter(response(), 60_000)).toBeDefined();
    expect(room.enter(response(), 60_000)).toBeUndefined();
    first?.leave();
    expect(room.enter(response(), 60_000)).toBeDefined();
    room.close();
  });

  it('sends everybody away when it closes, and takes nobody then', () => {
    const room = openWaitingRoom(2);
    const place = room.enter(response(), 60_000);
    expect(place?.signal.aborted).toBe(false);
    room.close();
    expect(place?.signal.aborted).toBe(true);
    expect(room.enter(response(), 60_000)).toBeUndefined();
  });

  it('knows when a client is gone, and listens no longer to one that has left', () => {
    const room = openWaitingRoom(2);
    const [gone, stays] = [response(), response()];
    const place = room.enter(gone, 60_000);
    const other = room.enter(stays, 60_000);
    gone.emit('close');
    expect([place?.signal.aborted, other?.signal.aborted]).toEqual([true, false]);
    other?.leave();
    expect(stays.listenerCount('close')).toBe(0);
    expect(room.enter(Object.assign(response(), { destroyed: true }), 60_000)).toBeUndefined();
    room.close();
  });
});
