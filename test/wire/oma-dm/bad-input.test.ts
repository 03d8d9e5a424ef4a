import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../../src/devices/oma-dm/message.ts';
import {
  alert,
  answersTo,
  commandsIn,
  converse,
  correlatorIn,
  type DmHouse,
  devInfo,
  fumoAlert,
  fumoNodes,
  startDmHouse,
} from '../../support/oma-dm-talk.ts';

let house: DmHouse;
beforeAll(async () => {
  house = await startDmHouse();
});
afterAll(() => house.api.close());

const xml = 'application/vnd.syncml.dm+xml';
const wbxml = 'application/vnd.syncml.dm+wbxml';

const post = async (payload: string | Buffer, type: string, url = '/dm/DEFAULT') => {
  const reply = await house.api.http.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': type },
  });
  return { status: reply.statusCode, type: `${reply.headers['content-type']}`, text: reply.payload };
};

const deep = `${'<a>'.repeat(40)}${'</a>'.repeat(40)}`;
const wide = `<SyncML>${'<a/>'.repeat(30_000)}</SyncML>`;
const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><SyncML>&b;</SyncML>`;
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('what is no SyncML has a status of HTTP, a plain sentence, and is not kept', () => {
  it.each([
    ['nothing', '', xml, 400],
    ['text', 'hello', xml, 400],
    ['XML that ends too early', '<SyncML><SyncHdr>', xml, 400],
    ['XML with wrong ends', '<SyncML><SyncHdr></SyncML></SyncHdr>', xml, 400],
    ['another document', '<html><body/></html>', xml, 400],
    ['entities that grow', bomb, xml, 400],
    [
      'an entity of another file',
      '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><SyncML>&a;</SyncML>',
      xml,
      400,
    ],
    ['an entity that nobody declared', '<SyncML>&nbsp;</SyncML>', xml, 400],
    ['too much depth', deep, xml, 400],
    ['too many elements', wide, xml, 400],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0xfe, 0x3c, 0x2f, 0x61, 0x3e]),
      xml,
      400,
    ],
    ['XML under the type of WBXML', '<SyncML/>', wbxml, 400],
    ['WBXML that ends in its head', hex('02a401'), wbxml, 400],
    ['WBXML of a version that is not known', hex('09a4016a006d01'), wbxml, 400],
    ['WBXML with a string longer than itself', hex('02a4016a006d4bc3ffffffff7f'), wbxml, 400],
    ['WBXML with a reference outside its table', hex('02a4016a006d4b83200101'), wbxml, 400],
    ['WBXML with a table longer than itself', hex('02a4016affffffff7f6d'), wbxml, 400],
    ['more than is taken', Buffer.alloc(262_145, 0x20), xml, 413],
    ['JSON', '{}', 'application/json', 415],
    ['a form', 'a=b', 'application/x-www-form-urlencoded', 415],
  ])('%s', async (_, payload, type, status) => {
    const reply = await post(payload, type);
    expect(reply.status).toBe(status);
    expect(reply.type).toContain('text/plain');
    expect(reply.text.length).toBeLessThan(200);
    expect(reply.text).not.toContain('root:');
  });

  it('is neither another method nor another account', async () => {
    expect((await post('<SyncML/>', xml, '/dm/NOBODY')).status).toBeGreaterThanOrEqual(400);
    expect((await house.api.http.inject({ method: 'GET', url: '/dm/DEFAULT' })).statusCode).toBe(404);
  });
});

describe('what is SyncML has a code of SyncML, whatever it says', () => {
  const open = async (id: string) => {
    const device = await house.device(id);
    const talk = device.talk();
    return { device, talk, heard: await talk.open() };
  };
  const inventory = async (id: string) => (await house.api.call('GET', `/devices/${id}`)).body.versions;

  it('an unknown command: 500, and the rest of the message counts', async () => {
    const { talk, heard } = await open('b1');
    const answered = await talk.send([
      ...answersTo(fumoNodes(), heard),
      { name: 'unknown', cmdId: '70', element: 'Frobnicate' },
    ]);
    expect(answered.statuses.find(({ cmdRef }) => cmdRef === '70')?.code).toBe(500);
    await converse(talk, fumoNodes(), answered);
    expect(await inventory('b1')).toEqual({ firmware: '1.0' });
  });

  it('a session of somebody else: no word of it, and it goes on', async () => {
    const { talk, heard } = await open('b2');
    const thief = (await house.device('b3')).talk();
    await thief.open();
    thief.goTo(talk.url());
    const stolen = await thief.send(answersTo(fumoNodes('./FUMO', [], '6.6'), heard));
    expect(stolen.commands).toEqual([]);
    expect([400, 401, 407, 408]).toContain(stolen.header);
    await converse(talk, fumoNodes(), heard);
    expect(await inventory('b2')).toEqual({ firmware: '1.0' });
    expect(await inventory('b3')).toEqual({});
  });

  it('a session that never was, or is over: 407 without a proof, 408 with one', async () => {
    const device = await house.device('b4');
    const stranger = device.talk({ scheme: 'none' });
    stranger.goTo('/dm/DEFAULT/AAAAAAAAAAAAAAAAAAAAAAAA');
    expect((await stranger.send([alert(1222)], { msgId: 5 })).header).toBe(407);
    const proven = device.talk({ scheme: 'basic' });
    expect((await proven.send([alert(1222)], { msgId: 5 })).header).toBe(408);
  });

  it('a nonce that was used: 401 with a new one, and no session', async () => {
    const { device, talk } = await open('b5');
    const stale = device.talk({ sessionId: '2' });
    stale.forget();
    const answered = await stale.start();
    expect(answered.header).toBe(401);
    expect(answered.commands).toEqual([]);
    expect(answered.statuses[0]?.chal?.nextNonce).toHaveLength(16);
    expect((await talk.repeat()).header).toBe(212);
  });

  it('another MsgID than is next: 400 for every command, and what came with it is not taken', async () => {
    const { talk, heard } = await open('b6');
    const wrong = await talk.send(answersTo(fumoNodes('./FUMO', [], '6.6'), heard), { msgId: 7 });
    expect(wrong.header).toBe(400);
    expect(wrong.commands).toEqual([]);
    await converse(talk, fumoNodes(), await talk.send(answersTo(fumoNodes(), heard), { msgId: 3 }));
    expect(await inventory('b6')).toEqual({ firmware: '1.0' });
  });

  it('an object larger than is taken: 424, and the session goes on', async () => {
    const { talk } = await open('b7');
    const chunk: Command = {
      ...{ name: 'Replace', cmdId: '4' },
      items: [
        { source: './DevDetail/Ext', meta: { format: 'chr' }, data: 'x'.repeat(200_000), moreData: true },
      ],
    };
    const codes: (number | undefined)[] = [];
    for (let sent = 0; sent < 6; sent += 1) {
      const heard = await talk.send([chunk], { final: false });
      codes.push(heard.statuses.find(({ cmdRef }) => cmdRef === '4')?.code);
    }
    expect(codes).toEqual([213, 213, 213, 213, 213, 424]);
    const last = await talk.send([devInfo('b7')]);
    expect(last.header).toBe(212);
  });

  it('Status, Results and alerts of what was never asked: nothing follows from them', async () => {
    const { talk, heard } = await open('b8');
    const { msgId } = heard.message.header;
    const status: Command = {
      ...{ name: 'Status', cmdId: '40', msgRef: msgId, cmdRef: '999', cmd: 'Get', code: 200 },
      ...{ targetRefs: [], sourceRefs: [], items: [] },
    };
    const results: Command = {
      ...{ name: 'Results', cmdId: '41', msgRef: msgId, cmdRef: '__proto__' },
      items: [{ source: './DevDetail/FwV', meta: { format: 'chr' }, data: '6.6' }],
    };
    const foreign = fumoAlert('update', './FUMO', '200', '1-1-1');
    const answered = await talk.send([...answersTo(fumoNodes(), heard), status, results, foreign]);
    await converse(talk, fumoNodes(), answered);
    expect(await inventory('b8')).toEqual({ firmware: '1.0' });
  });

  it('bad input in the midst of an update loses nothing of it', async () => {
    const device = await house.device('b9');
    const nodes = fumoNodes('./FUMO', ['DownloadAndUpdate', 'State']);
    const campaign = await house.campaign(['b9']);
    const talk = device.talk();
    const all = await converse(talk, nodes, await talk.open());
    const correlator = correlatorIn(all);
    const next = device.talk();
    await next.open([fumoAlert('downloadandupdate', './FUMO', '9999999', correlator)]);
    for (const bad of ['<SyncML>', bomb, deep]) expect((await post(bad, xml, next.url())).status).toBe(400);
    await next.send([alert(1223)]);
    nodes.set('./DevDetail/FwV', '2.0');
    const last = device.talk();
    const done = await converse(
      last,
      nodes,
      await last.open([fumoAlert('downloadandupdate', './FUMO', '200', correlator)]),
    );
    expect(commandsIn(done, 'Exec')).toEqual([]);
    expect(await campaign.update('b9')).toMatchObject({ outcome: 'succeeded', attempt: 1 });
  });
});
