import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTrigger, unwrapPush } from '../../../src/devices/oma-dm/notification.ts';
import { smsSender, type TriggerSender, udpSender } from '../../../src/devices/oma-dm/trigger-senders.ts';
import { createTriggerSweep } from '../../../src/devices/oma-dm/trigger-sweep.ts';
import { DAY, HOUR, MINUTE } from '../../../src/domain/time.ts';
import { fakePush } from '../../support/fake-push.ts';
import {
  converse,
  type DmHouse,
  fumoNodes,
  SERVER_PASSWORD,
  startDmHouse,
} from '../../support/oma-dm-talk.ts';

let house: DmHouse;
beforeEach(async () => {
  house = await startDmHouse();
});
afterEach(() => house.api.close());

const warn = (): void => undefined;

/** A sender that keeps what it was given, for devices with `dm.address`. */
const keeping = () => {
  const sent: { readonly to: string; readonly push: Uint8Array }[] = [];
  const sender: TriggerSender = {
    name: 'kept',
    addressOf: ({ attributes }) => (attributes['dm.address'] === undefined ? undefined : 'there'),
    send: async (to, push) => {
      sent.push({ to, push });
      return undefined;
    },
  };
  return { sent, sender };
};

const reachable = { attributes: { 'dm.address': '10.0.0.7' } };

describe('a device that a campaign has something for', () => {
  it('is asked to begin a session, again when it does not, and no more once it did', async () => {
    const { sent, sender } = keeping();
    const sweep = createTriggerSweep({ ...house.api.context, senders: [sender], warn });
    const device = await house.device('d1', reachable);
    await sweep();
    expect(sent).toHaveLength(0);
    await house.campaign(['d1']);
    await sweep();
    await sweep();
    expect(sent).toHaveLength(1);
    const read = readTrigger(unwrapPush(sent[0]?.push ?? new Uint8Array()) ?? new Uint8Array());
    expect(read.ok && read.value.isSignedBy(SERVER_PASSWORD, new Uint8Array())).toBe(true);
    house.api.pass(10 * MINUTE);
    await sweep();
    expect(sent).toHaveLength(2);
    house.api.pass(4 * HOUR);
    await sweep();
    expect(sent).toHaveLength(3);
    const talk = device.talk();
    await converse(talk, fumoNodes(), await talk.open());
    house.api.pass(10 * MINUTE);
    await sweep();
    expect(sent).toHaveLength(3);
    // Told to download, it has said nothing for long.
    house.api.pass(2 * HOUR);
    await sweep();
    expect(sent).toHaveLength(4);
  });

  it('is asked by one process only', async () => {
    const { sent, sender } = keeping();
    await house.device('d1', reachable);
    await house.campaign(['d1']);
    const sweeps = [1, 2, 3].map(() => createTriggerSweep({ ...house.api.context, senders: [sender], warn }));
    await Promise.all(sweeps.map((sweep) => sweep()));
    expect(sent).toHaveLength(1);
  });

  it('is not asked while the gate is shut, nor where nothing is known of how to reach it', async () => {
    const { sent, sender } = keeping();
    const sweep = createTriggerSweep({ ...house.api.context, senders: [sender], warn });
    await house.device('d1', reachable);
    await house.device('d2');
    const notBefore = new Date(Date.UTC(2026, 10, 22, 8)).toISOString();
    await house.campaign(['d1', 'd2'], { download: { notBefore, windows: [] } });
    await sweep();
    expect(sent).toHaveLength(0);
    house.api.pass(DAY);
    await sweep();
    expect(sent).toHaveLength(1);
  });
});

describe('a trigger', () => {
  it('goes by UDP to addresses in the networks that are allowed', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const sender = udpSender(['127.0.0.0/8'], socket.address().port);
    expect(sender.addressOf({ attributes: { 'dm.address': '10.1.2.3' } })).toBeUndefined();
    expect(sender.addressOf({ attributes: { 'dm.address': 'localhost' } })).toBeUndefined();
    const address = sender.addressOf({ attributes: { 'dm.address': '127.0.0.1' } }) ?? '';
    const arrived = once(socket, 'message');
    expect(await sender.send(address, Uint8Array.of(1, 2, 3))).toBeUndefined();
    expect([...(await arrived)[0]]).toEqual([1, 2, 3]);
    socket.close();
  });

  it('goes to an SMS gateway by its template', async () => {
    const push = fakePush();
    const url = 'https://sms.example.org/send?to={number}&udh={udh}&data={data}';
    const sender = smsSender(push, { url, token: 'gateway-token' });
    const number = sender.addressOf({ attributes: { 'dm.number': '+4915112345' } }) ?? '';
    expect(await sender.send(number, Uint8Array.of(0xab, 1))).toBeUndefined();
    expect(push.sent.at(-1)).toMatchObject({
      url: 'https://sms.example.org/send?to=%2B4915112345&udh=0605040B8423F0&data=AB01',
      authentication: { kind: 'bearer', token: 'gateway-token' },
    });
    expect(sender.addressOf({ attributes: { 'dm.number': 'x' } })).toBeUndefined();
  });
});
