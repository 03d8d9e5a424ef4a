import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { macOf, md5Credential, readMacHeader } from '../../../src/devices/oma-dm/digest.ts';
import type { Command } from '../../../src/devices/oma-dm/message.ts';
import { MINUTE } from '../../../src/domain/time.ts';
import {
  alert,
  answersTo,
  commandsIn,
  converse,
  type DmDevice,
  type DmHouse,
  devInfo,
  fumoNodes,
  genericAlert,
  SERVER_PASSWORD,
  startDmHouse,
} from '../../support/oma-dm-talk.ts';

let house: DmHouse;
let device: DmDevice;
beforeEach(async () => {
  house = await startDmHouse();
  device = await house.device('d1');
});
afterEach(() => house.api.close());

const unknownCommand: Command = { name: 'unknown', cmdId: '3', element: 'Search' };

describe('a session (B1.1 to B1.4)', () => {
  it('is challenged, taken with the nonce, and ends with a package without commands', async () => {
    const talk = device.talk();
    const first = await talk.start();
    expect(first.header).toBe(401);
    expect(first.statuses.map(({ code }) => code)).toEqual([401, 401, 401]);
    const second = await talk.start();
    expect(second.header).toBe(212);
    const all = await converse(talk, fumoNodes(), second);
    const last = all.at(-1);
    expect(last?.commands).toEqual([]);
    expect(last?.message.final).toBe(true);
  });

  it('moves to an address that nobody can guess, with Content-Length and without being stored', async () => {
    const talk = device.talk();
    const heard = await talk.open();
    expect(talk.url()).toMatch(/^\/dm\/DEFAULT\/[\w-]{24}$/);
    expect(heard.headers).toMatchObject({
      'content-type': expect.stringContaining('application/vnd.syncml.dm+xml'),
      'content-length': String(heard.bytes.length),
      'cache-control': 'no-store',
    });
  });

  it('gives each command a Status and Results none', async () => {
    const talk = device.talk();
    const opened = await talk.open();
    const answers = answersTo(fumoNodes(), opened);
    expect(answers.some(({ name }) => name === 'Results')).toBe(true);
    const heard = await talk.send([...answers, { ...unknownCommand, cmdId: '77' }, alert(1224, '78')]);
    expect(heard.statuses.map(({ cmd, code }) => [cmd, code])).toEqual([
      ['SyncHdr', 212],
      ['Search', 500],
      ['Alert', 200],
    ]);
  });

  it.each([
    ['Get', 406],
    ['Delete', 406],
    ['Copy', 406],
  ] as const)('answers %s, which devices do not send, with %d', async (name, code) => {
    const talk = device.talk();
    const heard = await talk.open([{ name, cmdId: '5', items: [{ target: './X' }] }]);
    expect(heard.statuses.find(({ cmdRef }) => cmdRef === '5')?.code).toBe(code);
  });

  it('carries nothing out that is inside of Atomic', async () => {
    const talk = device.talk();
    const inner: Command = { name: 'Delete', cmdId: '6', items: [{ target: './X' }] };
    const heard = await talk.open([{ name: 'Atomic', cmdId: '5', commands: [inner] }]);
    expect(heard.statuses.slice(-2).map(({ cmdRef, code }) => [cmdRef, code])).toEqual([
      ['5', 406],
      ['6', 215],
    ]);
  });

  it('answers alerts that it does not know with 415', async () => {
    const heard = await device.talk().open([genericAlert('urn:test', './x', '200')]);
    expect(heard.statuses.find(({ cmdRef }) => cmdRef === '9')?.code).toBe(415);
  });

  it('answers a repeated message byte for byte and does nothing twice', async () => {
    const talk = device.talk();
    const opened = await talk.open();
    expect((await talk.repeat()).bytes.equals(opened.bytes)).toBe(true);
    const heard = await talk.send(answersTo(fumoNodes(), opened));
    expect((await talk.repeat()).bytes.equals(heard.bytes)).toBe(true);
  });

  it('says 400 to a message out of its turn and goes on with the right one', async () => {
    const talk = device.talk();
    const opened = await talk.open();
    const answers = answersTo(fumoNodes(), opened);
    expect((await talk.send(answers, { msgId: 9 })).header).toBe(400);
    expect((await talk.send(answers, { msgId: 3 })).header).toBe(212);
  });

  it('begins anew with MsgID 1, whatever was before', async () => {
    const nodes = fumoNodes();
    const talk = device.talk();
    await talk.open();
    const again = device.talk();
    const all = await converse(again, nodes, await again.open());
    expect(all.at(-1)?.commands).toEqual([]);
  });

  it('ends when the device gives it up', async () => {
    const talk = device.talk();
    await talk.open();
    const heard = await talk.send([alert(1223)]);
    expect(heard.commands).toEqual([]);
    expect(heard.statuses.map(({ code }) => code)).toEqual([212, 200]);
  });

  it('is over after ten minutes of silence', async () => {
    const talk = device.talk();
    const opened = await talk.open();
    house.api.pass(11 * MINUTE);
    expect((await talk.send(answersTo(fumoNodes(), opened))).header).toBe(408);
  });

  it('is not for another device, whoever knows its address', async () => {
    await house.device('d2');
    const talk = device.talk();
    await talk.open();
    const thief = house.api;
    const other = await house.device('d3').then((one) => one.talk({ scheme: 'none' }));
    other.goTo(talk.url());
    expect((await other.start()).header).toBe(407);
    expect(thief).toBeDefined();
  });

  it('asks for the rest of a package that is not final, and takes the parts together', async () => {
    const talk = device.talk();
    await talk.start();
    const first = await talk.send([alert(1201)], { final: false });
    expect(first.header).toBe(212);
    expect(first.commands).toMatchObject([{ name: 'Alert', code: 1222 }]);
    expect(first.message.final).toBe(false);
    const second = await talk.send([devInfo('d1')]);
    expect(commandsIn([second], 'Get').length).toBeGreaterThan(3);
    await converse(talk, fumoNodes(), second);
    expect((await house.api.call('GET', '/devices/d1')).body).toMatchObject({ make: 'Acme' });
  });

  it('spreads its commands over messages that the device can take', async () => {
    const talk = device.talk({ maxMsgSize: 1_500 });
    const all = await converse(talk, fumoNodes(), await talk.open());
    expect(all.every(({ bytes }) => bytes.length <= 1_500)).toBe(true);
    expect(all.some(({ message }) => !message.final)).toBe(true);
    expect((await house.api.call('GET', '/devices/d1')).body.versions).toEqual({ firmware: '1.0' });
  });

  it('takes a large object in chunks', async () => {
    const talk = device.talk();
    const opened = await talk.open();
    const all = answersTo(fumoNodes(), opened);
    const get = commandsIn([opened], 'Get')[0];
    const chunk = (data: string, more: boolean, size?: number): Command => ({
      ...{ name: 'Results', cmdId: '90', msgRef: opened.message.header.msgId, cmdRef: get?.cmdId ?? '' },
      items: [
        {
          source: './DevDetail/FwV',
          meta: { format: 'chr', ...(size !== undefined && { size }) },
          data,
          ...(more && { moreData: true }),
        },
      ],
    });
    const rest = all.filter((command) => command.name !== 'Results' || command.cmdRef !== get?.cmdId);
    const first = await talk.send([...rest, chunk('1.', true, 5)], { final: false });
    expect(first.commands).toMatchObject([{ name: 'Alert', code: 1222 }]);
    const second = await talk.send([chunk('2.3', false)]);
    await converse(talk, fumoNodes(), second);
    expect((await house.api.call('GET', '/devices/d1')).body.versions).toEqual({ firmware: '1.2.3' });
  });

  it('says 213 to a chunk, 424 to a size that is not kept, and 1225 where a chunk is missing', async () => {
    const talk = device.talk();
    await talk.start();
    const chunk = (data: string, more: boolean): Command => ({
      ...{ name: 'Replace', cmdId: '4' },
      items: [
        {
          source: './DevDetail/Ext',
          meta: { format: 'chr', size: 9 },
          data,
          ...(more && { moreData: true }),
        },
      ],
    });
    const first = await talk.send([alert(1201), chunk('abc', true)], { final: false });
    expect(first.statuses.at(-1)?.code).toBe(213);
    const second = await talk.send([chunk('de', false)], { final: false });
    expect(second.statuses.at(-1)?.code).toBe(424);
    await talk.send([chunk('abc', true)], { final: false });
    const lost = await talk.send([devInfo('d1')]);
    expect(lost.commands[0]).toMatchObject({ name: 'Alert', code: 1225 });
  });
});

describe('authentication (B1.5)', () => {
  it.each(['basic', 'md5', 'hmac'] as const)('by %s in each encoding', async (scheme) => {
    for (const encoding of ['xml', 'wbxml'] as const) {
      const talk = device.talk({ scheme, encoding });
      const opened = await talk.open();
      expect(opened.header).toBe(scheme === 'hmac' ? 200 : 212);
      const all = await converse(talk, fumoNodes(), opened);
      expect(all.at(-1)?.header).toBe(scheme === 'hmac' ? 200 : 212);
      expect(all.at(-1)?.commands).toEqual([]);
    }
  });

  it('challenges who shows nothing with 407, twice at most', async () => {
    const talk = device.talk({ scheme: 'none' });
    const codes = [await talk.start(), await talk.start(), await talk.start()];
    expect(codes.map(({ header }) => header)).toEqual([407, 407, 407]);
    const chals = codes.map(({ statuses }) => statuses[0]?.chal?.nextNonce?.length ?? 0);
    expect(chals).toEqual([16, 16, 0]);
  });

  it('takes a stale nonce for no proof, and the new one for one', async () => {
    const first = device.talk();
    await converse(first, fumoNodes(), await first.open());
    const stale = device.talk();
    stale.forget();
    expect((await stale.start()).header).toBe(401);
    expect((await stale.start()).header).toBe(212);
  });

  it('gives the nonce of the next session with 212, and takes it once', async () => {
    const talk = device.talk();
    await talk.open();
    const nonce = talk.nonce();
    const data = md5Credential({ user: 'd1', password: device.password }, nonce);
    const cred = { type: 'syncml:auth-md5', format: 'b64', data };
    const next = device.talk({ sessionId: '2' });
    expect((await next.send([alert(1201), devInfo('d1')], { cred })).header).toBe(212);
    const replay = device.talk({ sessionId: '3' });
    expect((await replay.send([alert(1201), devInfo('d1')], { cred })).header).toBe(401);
  });

  it('answers a device that nobody knows as one with a wrong password', async () => {
    const shapes = await Promise.all(
      [device.talk({ password: 'wrong' }), device.talk({ source: 'nobody' })].map(async (talk) => {
        const all = [await talk.start(), await talk.start(), await talk.start()];
        return all.map(({ statuses, commands, bytes }) => ({
          codes: statuses.map(({ code }) => code),
          chals: statuses.map(({ chal }) => [chal?.type, chal?.nextNonce?.length]),
          commands,
          length: bytes.length - (bytes.toString().match(/nobody/g) ?? []).length * 4,
        }));
      }),
    );
    expect(shapes[0]).toEqual(shapes[1]);
  });

  it('stops looking at wrong proofs of a device for a minute', async () => {
    for (let tries = 0; tries < 5; tries += 1) {
      const talk = device.talk({ password: 'wrong' });
      await talk.start();
      await talk.start();
    }
    const right = device.talk();
    expect((await right.start()).header).toBe(401);
    expect((await right.start()).header).toBe(401);
    house.api.pass(MINUTE);
    expect((await device.talk().open()).header).toBe(212);
  });

  it('counts no device as wrong that has lost its nonce', async () => {
    for (let sessions = 0; sessions < 12; sessions += 1) {
      const talk = device.talk();
      expect((await talk.start()).header).toBe(401);
      expect((await talk.start()).header).toBe(212);
    }
  });

  it('always shows who the server is, under the newest nonce that the device gave', async () => {
    const talk = device.talk();
    const opened = await talk.open();
    const server = { user: 'muster', password: SERVER_PASSWORD };
    expect(opened.message.header.cred?.data).toBe(md5Credential(server, new Uint8Array()));
    const nonce = new TextEncoder().encode('bm9uY2U=');
    const [status, ...rest] = answersTo(fumoNodes(), opened);
    if (status?.name !== 'Status') throw new Error('no Status');
    const chal = { type: 'syncml:auth-md5', format: 'b64', nextNonce: nonce };
    const heard = await talk.send([{ ...status, code: 212, chal }, ...rest]);
    expect(heard.message.header.cred?.data).toBe(md5Credential(server, nonce));
  });

  it('sends a package again that the device did not believe', async () => {
    const talk = device.talk();
    const opened = await talk.open();
    const nonce = new TextEncoder().encode('theirs');
    const chal = { type: 'syncml:auth-md5', format: 'b64', nextNonce: nonce };
    const doubt = answersTo(new Map(), opened).map(
      (command): Command =>
        command.name === 'Status'
          ? { ...command, code: 401, ...(command.cmdRef === '0' && { chal }) }
          : command,
    );
    const again = await talk.send(doubt);
    expect(commandsIn([again], 'Get')).toHaveLength(commandsIn([opened], 'Get').length);
    const server = { user: 'muster', password: SERVER_PASSWORD };
    expect(again.message.header.cred?.data).toBe(md5Credential(server, nonce));
    const all = await converse(talk, fumoNodes(), again);
    expect(all.at(-1)?.commands).toEqual([]);
  });

  it('proves itself by HMAC to a device that does', async () => {
    const talk = device.talk({ scheme: 'hmac' });
    const opened = await talk.open();
    const header = readMacHeader(String(opened.headers['x-syncml-hmac']));
    const server = { user: 'muster', password: SERVER_PASSWORD };
    expect(header).toEqual({ user: 'muster', mac: macOf(server, new Uint8Array(), opened.bytes) });
  });

  it('takes no basic where it was not allowed', async () => {
    const strict = await startDmHouse({ MUSTER_DM_BASIC: 'never' });
    const other = await strict.device('d1');
    const heard = await other.talk({ scheme: 'basic' }).start();
    expect(heard.header).toBe(401);
    expect(heard.statuses[0]?.chal?.type).toBe('syncml:auth-md5');
    await strict.api.close();
  });

  it('believes a proxy that it trusts about a certificate, and nobody else', async () => {
    const proxied = await startDmHouse({ MUSTER_TRUSTED_PROXIES: '10.0.0.1' });
    await proxied.api.call('PATCH', '/accounts/DEFAULT', {
      body: { deviceAccess: { authorities: ['aa11'], registration: 'open' } },
    });
    const headers = { 'x-ssl-client-cn': '490', 'x-ssl-issuer-hash-1': 'AA11' };
    const own = await proxied.device('490');
    const options = { scheme: 'none', source: 'IMEI:490', headers } as const;
    expect((await own.talk({ ...options, peer: '10.0.0.1' }).start()).header).toBe(212);
    expect((await own.talk({ ...options, peer: '10.0.0.2' }).start()).header).toBe(407);
    await proxied.api.close();
  });
});

describe('what is no SyncML', () => {
  const post = (body: string | Buffer, type = 'application/vnd.syncml.dm+xml', url = '/dm/DEFAULT') =>
    house.api.http.inject({ method: 'POST', url, payload: body, headers: { 'content-type': type } });

  it('is 400, 413, 415 or 404 in the words of HTTP', async () => {
    expect((await post('<x/>')).statusCode).toBe(400);
    expect((await post('')).statusCode).toBe(400);
    expect((await post('<!DOCTYPE a [<!ENTITY b "c">]><SyncML/>')).statusCode).toBe(400);
    expect((await post(Buffer.alloc(262_145))).statusCode).toBe(413);
    expect((await post('{}', 'application/json')).statusCode).toBe(415);
    const talk = device.talk();
    talk.goTo('/dm/OTHER');
    await expect(talk.start()).rejects.toThrow('404');
  });

  it('is another version of the protocol, too', async () => {
    const xml = [
      '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.0</VerDTD><VerProto>DM/1.0</VerProto>',
      '<SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>a</LocURI></Target>',
      '<Source><LocURI>d1</LocURI></Source></SyncHdr><SyncBody><Final/></SyncBody></SyncML>',
    ].join('');
    const reply = await post(xml);
    expect(reply.statusCode).toBe(200);
    expect(reply.payload).toContain('<Data>505</Data>');
  });
});
