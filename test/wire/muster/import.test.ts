import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/app/ports.ts';
import { configFromEnv } from '../../../src/server/config.ts';
import { readEnv } from '../../../src/server/env.ts';
import { createHttp } from '../../../src/server/http.ts';
import { openMemory } from '../../../src/store/memory.ts';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest, newTenant } from '../../support/guests.ts';
import { ada, NOON, nastyTexts, unique } from '../../support/samples.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({}, { MUSTER_IMPORT_LIMIT: '64m' });
});
afterAll(() => api.close());

const JSON_LINES = 'application/x-ndjson';
const CSV = 'text/csv';

type Options = { readonly query?: string; readonly as?: string; readonly account?: string };
const send = (type: string, body: string | Uint8Array, { query = '', ...options }: Options = {}) =>
  api.call('POST', `/devices/import${query}`, { body, headers: { 'content-type': type }, ...options });
const sendRows = (rows: readonly object[], options?: Options) =>
  send(JSON_LINES, rows.map((row) => `${JSON.stringify(row)}\n`).join(''), options);
const sendCsv = (rows: readonly string[], options?: Options) => send(CSV, rows.join('\r\n'), options);

const nothing = { created: 0, changed: 0, unchanged: 0, failed: 0, errors: [], truncatedErrors: false };

/** An account for one test alone. */
const tenant = () => newTenant(api, unique('IMPORT'));
const device = async (id: string, account: string) =>
  (await api.call('GET', `/devices/${id}`, { account })).body;
const count = async (account: string) => (await api.call('GET', '/device-count', { account })).body.count;
const events = async (id: string) => {
  const account = await api.context.store.accounts.find(id);
  if (account === undefined) throw new Error(`no account ${id}`);
  const page = { before: Number.MAX_SAFE_INTEGER, limit: 1000 };
  const listed = await api.context.store.events.list(account.key, { campaign: null, device: null }, page);
  return listed.map(({ body }) => body).filter(({ type }) => type === 'devices-imported');
};

describe('JSON lines', () => {
  it('registers, changes and leaves alone', async () => {
    const account = await tenant();
    const first = await sendRows(
      [
        {
          id: 'urn:imei:1',
          name: 'a',
          tags: ['x'],
          versions: { firmware: '1' },
          attributes: { n: 1, t: 'x' },
        },
        { id: '2', protocol: 'lwm2m', timeZone: 'Europe/Oslo' },
        { make: 'Acme' },
      ],
      { account },
    );
    expect(first.status).toBe(200);
    expect(first.body).toEqual({ ...nothing, created: 3 });
    const second = await sendRows(
      [{ id: '1', name: 'b', attributes: { n: null } }, { id: '2', protocol: 'lwm2m' }, { id: '3' }],
      { account },
    );
    expect(second.body).toEqual({ ...nothing, created: 1, changed: 1, unchanged: 1 });
    expect(await device('1', account)).toMatchObject({
      name: 'b',
      tags: ['x'],
      attributes: { t: 'x' },
      revision: 2,
    });
    expect(await device('2', account)).toMatchObject({ timeZone: 'Europe/Oslo', revision: 1 });
    expect(await count(account)).toBe(4);
    expect(await events(account)).toEqual([
      { type: 'devices-imported', created: 1, changed: 1 },
      { type: 'devices-imported', created: 3, changed: 0 },
    ]);
  });

  it('takes a byte order mark, CRLF, blank lines and a last line without an end', async () => {
    const account = await tenant();
    const reply = await send(JSON_LINES, '\ufeff{"id":"a"}\r\n\r\n  \n{"id":"b"}\r\n{"id":"c"}', { account });
    expect(reply.body).toEqual({ ...nothing, created: 3 });
  });

  it('answers an empty body with zeros', async () => {
    expect((await send(JSON_LINES, '\n')).body).toEqual(nothing);
  });

  it('tells what is wrong with each row and keeps the others', async () => {
    const account = await tenant();
    const lines: (string | Uint8Array)[] = [
      '{"id":"good-1"}',
      '{"id":"cut"',
      '[1]',
      '{"id":7}',
      '{"id":"x","nmae":"y"}',
      '{"id":"a/b"}',
      '{"id":"zone","timeZone":"Mars/Olympus"}',
      new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]),
      `{"id":"long","name":"${'x'.repeat(70_000)}"}`,
      '{"id":"proto","attributes":{"__proto__":1}}',
      '{"id":"infinite","attributes":{"n":1e999}}',
      '{"id":"half","attributes":{"a":"\\ud800"}}',
      '',
      '{"id":"good-2"}',
    ];
    const body = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
    const reply = await send(JSON_LINES, body, { account });
    expect(reply.status).toBe(200);
    const { errors, ...counts } = reply.body;
    expect(counts).toEqual({ created: 2, changed: 0, unchanged: 0, failed: 11, truncatedErrors: false });
    expect(errors.map(({ row, id }: { row: number; id: string | null }) => [row, id])).toEqual([
      ...[
        [2, null],
        [3, null],
        [4, null],
        [5, 'x'],
        [6, 'a/b'],
        [7, 'zone'],
        [8, null],
        [9, null],
      ],
      ...[
        [10, 'proto'],
        [11, 'infinite'],
        [12, 'half'],
      ],
    ]);
    const problems = errors.map(({ problem }: { problem: string }) => problem);
    const expected = [
      /JSON/,
      /object/,
      /^id: expected string; got 7/,
      /^nmae: expected only id, name/,
      /^id: /,
    ];
    for (const [at, pattern] of [...expected, /^timeZone: .*Mars/, /UTF-8/, /65536 bytes/].entries()) {
      expect(problems[at]).toMatch(pattern);
      expect(problems[at]).toMatch(/expected .*; got .*\./);
    }
    expect(await count(account)).toBe(2);
    expect((await device('good-2', account)).revision).toBe(1);
  });

  it('lets a later row patch what an earlier one registered, in one batch and across batches', async () => {
    const account = await tenant();
    const filler = Array.from({ length: 1500 }, (_, n) => ({ id: `f${n}` }));
    const reply = await sendRows(
      [{ id: 'd', name: '1' }, { id: 'd', make: '2' }, ...filler, { id: 'd', model: '3' }, { id: 'd' }],
      { account },
    );
    expect(reply.body).toEqual({ ...nothing, created: 1501, changed: 2, unchanged: 1 });
    expect(await device('d', account)).toMatchObject({ name: '1', make: '2', model: '3' });
  });

  it('lists the first thousand errors and says that there are more', async () => {
    const account = await tenant();
    const lines = '{"id":"a/b"}\n'.repeat(2_500);
    const { body } = await send(JSON_LINES, lines, { account });
    expect(body).toMatchObject({ failed: 2500, truncatedErrors: true });
    expect(body.errors).toHaveLength(1000);
    expect(body.errors.at(-1).row).toBe(1000);
  });

  it('gives every text back as it came', async () => {
    const account = await tenant();
    const rows = nastyTexts.map((text, n) => {
      const line = text.replaceAll(/\p{Cc}/gu, ' ').slice(0, 256);
      const fields = { name: line, make: line, model: line, tags: [line] };
      return { id: `n${n}`, ...fields, versions: { [line]: line }, attributes: { [line]: text } };
    });
    expect((await sendRows(rows, { account })).body).toEqual({ ...nothing, created: rows.length });
    for (const row of rows) expect(await device(row.id, account)).toMatchObject(row);
  });

  it('takes 100,000 rows in one request', async () => {
    const account = await tenant();
    const row = (n: number) => `{"id":"d${n}","model":"GW-${n % 3}","attributes":{"n":${n}}}\n`;
    const body = Array.from({ length: 100_000 }, (_, n) => row(n)).join('');
    expect((await send(JSON_LINES, body, { account })).body).toEqual({ ...nothing, created: 100_000 });
    expect(await count(account)).toBe(100_000);
    expect(await events(account)).toHaveLength(100);
    expect((await device('d99999', account)).attributes).toEqual({ n: 99_999 });
  });
});

describe('CSV', () => {
  it('reads the columns it knows', async () => {
    const account = await tenant();
    const reply = await sendCsv(
      [
        '\ufeffid,name,make,model,protocol,timeZone,tags,version.firmware,attribute.site,attribute.my key',
        '1,"Pump ""7"", north",Acme,GW-2,lwm2m,Europe/Oslo,b; a;;b,1.10,oslo,true',
        '',
        '2,,,,,,,,,',
      ],
      { account },
    );
    expect(reply.body).toEqual({ ...nothing, created: 2 });
    expect(await device('1', account)).toMatchObject({
      ...{ name: 'Pump "7", north', make: 'Acme', model: 'GW-2', protocol: 'lwm2m', timeZone: 'Europe/Oslo' },
      ...{ tags: ['a', 'b'], versions: { firmware: '1.10' }, attributes: { site: 'oslo', 'my key': true } },
    });
    expect(await device('2', account)).toMatchObject({
      protocol: 'ddi',
      tags: [],
      versions: {},
      attributes: {},
    });
  });

  it('leaves what an empty cell stands for', async () => {
    const account = await tenant();
    await sendCsv(['id,name,attribute.a', '1,x,5'], { account });
    const reply = await sendCsv(['id,name,attribute.a,attribute.b', '1,,,6'], { account });
    expect(reply.body).toEqual({ ...nothing, changed: 1 });
    expect(await device('1', account)).toMatchObject({ name: 'x', attributes: { a: 5, b: 6 } });
  });

  it.each([
    ['0', 0],
    ['-1.5e3', -1500],
    ['1.10', 1.1],
    ['007', '007'],
    ['+1', '+1'],
    ['0x10', '0x10'],
    ['1e999', '1e999'],
    ['89490200001234567890', '89490200001234567890'],
    ['9007199254740991', 9007199254740991],
    ['true', true],
    ['false', false],
    ['True', 'True'],
    ['null', 'null'],
    [' 1', ' 1'],
    ['NaN', 'NaN'],
  ])('reads the attribute %j as %j', async (cell, value) => {
    const account = await tenant();
    await sendCsv(['id,attribute.a', `1,${cell}`], { account });
    expect((await device('1', account)).attributes).toEqual({ a: value });
  });

  it('gives every text back as it came', async () => {
    const account = await tenant();
    const texts = nastyTexts.map((text) => text.replaceAll(/\p{Cc}/gu, ' ').slice(0, 256));
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const rows = texts.map((text, n) => `n${n},${[text, text, text].map(quoted).join(',')}`);
    const reply = await sendCsv(['id,name,make,version.x', ...rows], { account });
    expect(reply.body).toEqual({ ...nothing, created: texts.length });
    for (const [n, text] of texts.entries()) {
      expect(await device(`n${n}`, account)).toMatchObject({ name: text, make: text, versions: { x: text } });
    }
  });

  it('tells what is wrong with each row and keeps the others', async () => {
    const account = await tenant();
    const rows = [
      'id,protocol,attribute.a',
      '1,ddi,1',
      '2,smoke,1',
      '3,ddi',
      'a/b,ddi,1',
      '5,ddi,',
      '1,ddi,1,1',
    ];
    const { body } = await sendCsv(rows, { account });
    expect(body).toMatchObject({ created: 2, failed: 4 });
    expect(body.errors).toEqual([
      { row: 2, id: '2', problem: expect.stringMatching(/^protocol: expected one of "ddi".*got "smoke"\.$/) },
      { row: 3, id: null, problem: 'row: expected 3 cells as in the header; got 2.' },
      { row: 4, id: 'a/b', problem: expect.stringMatching(/^id: /) },
      { row: 6, id: null, problem: 'row: expected 3 cells as in the header; got 4.' },
    ]);
  });

  it.each([
    ['an unknown column', 'id,colour\n1,red\n', /colour/],
    ['a column twice', 'id,name,id\n1,a,2\n', /once/],
    ['a prefix without a name', 'id,attribute.\n1,2\n', /attribute\./],
    ['__proto__', 'id,attribute.__proto__\n1,2\n', /__proto__/],
    ['no header', '', /header/],
  ])('refuses %s before anything is done', async (_, body, detail) => {
    const account = await tenant();
    const reply = await send(CSV, body, { account });
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ code: 'request/malformed', detail: expect.stringMatching(detail) });
    expect(await count(account)).toBe(0);
  });

  it.each([
    ['bytes that are no UTF-8', [0x32, 0x2c, 0xff, 0x0a]],
    ['a quote that never ends', [...Buffer.from(`2,"${'x'.repeat(70_000)}`)]],
    ['a quote in the middle', [...Buffer.from('2,x"y"\n')]],
  ])('stops at %s and says how many rows were kept', async (_, bytes) => {
    const account = await tenant();
    const good = Array.from({ length: 5000 }, (__, n) => `g${n},n\n`).join('');
    const reply = await send(CSV, Buffer.from([...Buffer.from(`id,name\n${good}`), ...bytes]), { account });
    expect(reply.status).toBe(400);
    expect(reply.body.code).toBe('request/malformed');
    const kept = Number(/rows before that (\d+) were kept/.exec(reply.body.detail)?.[1]);
    expect(await count(account)).toBe(kept);
  });

  it('takes 100,000 rows in one request', async () => {
    const account = await tenant();
    const rows = Array.from({ length: 100_000 }, (_, n) => `d${n},GW-${n % 3},${n}`);
    const reply = await sendCsv(['id,model,attribute.n', ...rows], { account });
    expect(reply.body).toEqual({ ...nothing, created: 100_000 });
    expect(await count(account)).toBe(100_000);
    expect((await device('d99999', account)).attributes).toEqual({ n: 99_999 });
  });
});

describe('modes', () => {
  it('mode=create refuses rows for devices that exist, in the store or by an earlier row', async () => {
    const account = await tenant();
    await sendRows([{ id: 'old', name: 'a' }], { account });
    const rows = [{ id: 'old', name: 'b' }, { id: 'new' }, { id: 'new', name: 'c' }];
    const { body } = await sendRows(rows, { account, query: '?mode=create' });
    expect(body).toMatchObject({ created: 1, changed: 0, failed: 2 });
    expect(body.errors).toEqual([
      { row: 1, id: 'old', problem: 'There is a device "old" already.' },
      { row: 3, id: 'new', problem: 'There is a device "new" already.' },
    ]);
    expect((await device('old', account)).name).toBe('a');
    expect((await device('new', account)).name).toBe('');
  });

  it('dryRun counts as the import would, and writes nothing', async () => {
    const account = await tenant();
    await sendRows([{ id: 'old', name: 'a' }, { id: 'same' }], { account });
    const before = await events(account);
    const filler = Array.from({ length: 1200 }, (_, n) => ({ id: `f${n}` }));
    const rows = [
      ...[{ id: 'old', name: 'b' }, { id: 'same' }, { id: 'a/b' }, { id: 'new', name: '1' }],
      ...[...filler, { id: 'new', name: '2' }],
    ];
    const dry = await sendRows(rows, { account, query: '?dryRun=true' });
    expect(dry.body).toMatchObject({ created: 1201, changed: 2, unchanged: 1, failed: 1 });
    expect(await count(account)).toBe(2);
    expect(await events(account)).toEqual(before);
    expect((await device('old', account)).name).toBe('a');
    expect((await sendRows(rows, { account })).body).toEqual(dry.body);
  });

  it.each(['?mode=replace', '?dryRun=perhaps', '?colour=red'])('refuses %s', async (query) => {
    expect((await sendRows([], { query })).status).toBe(400);
  });
});

describe('who may', () => {
  it('needs Create Device for any of it, and Edit Device for each row that changes a device', async () => {
    const account = await tenant();
    await sendRows([{ id: 'old', name: 'a' }], { account });
    expect((await sendRows([], { as: await newGuest(api, ['Edit Device'], account) })).status).toBe(403);
    const as = await newGuest(api, ['Create Device'], account);
    const { body } = await sendRows([{ id: 'old', name: 'b' }, { id: 'old', name: 'a' }, { id: 'new' }], {
      as,
    });
    expect(body).toMatchObject({ created: 1, changed: 0, unchanged: 1, failed: 1 });
    expect(body.errors).toEqual([
      { row: 1, id: 'old', problem: 'This needs the permission "Edit Device" in this account.' },
    ]);
    const both = await newGuest(api, ['Create Device', 'Edit Device'], account);
    expect((await sendRows([{ id: 'old', name: 'b' }], { as: both })).body).toMatchObject({ changed: 1 });
  });

  it('keeps accounts apart', async () => {
    const [ours, theirs] = [await tenant(), await tenant()];
    await sendRows([{ id: 'd', name: 'ours' }], { account: ours });
    const as = await newGuest(api, ['Create Device', 'Edit Device'], theirs);
    expect((await sendRows([{ id: 'd', name: 'theirs' }], { as })).body).toMatchObject({ created: 1 });
    expect((await device('d', ours)).name).toBe('ours');
  });
});

describe('what is taken', () => {
  it.each(['application/json', 'text/plain', 'application/octet-stream'])('refuses %s', async (type) => {
    const reply = await send(type, '{}');
    expect(reply.status).toBe(415);
    expect(reply.body).toMatchObject({
      code: 'request/unsupported-media-type',
      detail: expect.stringContaining('application/x-ndjson or text/csv'),
    });
  });

  it('takes a type with parameters, and refuses none at all', async () => {
    expect((await send('Text/CSV; charset=utf-8; header=present', 'id\n')).body).toEqual(nothing);
    expect((await api.call('POST', '/devices/import')).status).toBe(415);
  });
});

describe('devices that change meanwhile', () => {
  /** A store in which somebody else writes the device `d` right before so many of the bulk writes. */
  const contested = (times: number): Store => {
    const store = openMemory();
    let left = times;
    const saveMany: Store['devices']['saveMany'] = async (account, rows, by) => {
      const d = await store.devices.find(account, 'd');
      if (left > 0 && d !== undefined) {
        left -= 1;
        const value = { ...d, make: `theirs ${left}` };
        await store.devices.saveMany(account, [{ was: d, value }], { actor: ada, now: NOON });
      }
      return store.devices.saveMany(account, rows, by);
    };
    return { ...store, devices: { ...store.devices, saveMany } };
  };
  const importing = async (times: number) => {
    const other = await startApi({ store: contested(times) });
    try {
      await other.call('POST', '/devices', { body: { id: 'd' } });
      const body = '{"id":"d","timeZone":"Mars/Olympus"}\n{"id":"d","name":"ours"}\n{"id":"e"}\n{"id":"d"}\n';
      const headers = { 'content-type': JSON_LINES };
      const reply = await other.call('POST', '/devices/import', { body, headers });
      return { report: reply.body, d: (await other.call('GET', '/devices/d')).body };
    } finally {
      await other.close();
    }
  };

  it('are read again once', async () => {
    const { report, d } = await importing(1);
    expect(report).toMatchObject({ created: 1, changed: 1, unchanged: 1, failed: 1 });
    expect(d).toMatchObject({ name: 'ours', make: 'theirs 0' });
  });

  it('are errors of their rows when that happens again', async () => {
    const { report, d } = await importing(2);
    expect(report).toMatchObject({ created: 1, changed: 0, unchanged: 0, failed: 3 });
    expect(report.errors.map(({ row }: { row: number }) => row)).toEqual([1, 2, 4]);
    expect(d).toMatchObject({ name: '', make: 'theirs 0' });
  });
});

describe('over a socket', () => {
  const LIMIT = 1_048_576;
  const listening = async () => {
    const limits = { MUSTER_IMPORT_LIMIT: `${LIMIT}`, MUSTER_RATE_LIMIT: '0' };
    const config = configFromEnv(readEnv(limits));
    const http = await createHttp(config, api.context, pino({ level: 'silent' }), () => undefined);
    return { http, url: await http.listen({ host: '127.0.0.1', port: 0 }) };
  };
  const line = (n: number) => `${JSON.stringify({ id: `s${n}`, name: 'x'.repeat(200) })}\n`;

  it('stops at the limit, takes the rest without keeping it, and tells what was kept', async () => {
    const account = await tenant();
    const as = await newGuest(api, ['Create Device'], account);
    const { http, url } = await listening();
    try {
      const headers = { 'content-type': JSON_LINES, authorization: `Bearer ${as}` };
      /** The answer, once the whole body was taken: a client that reads only then must get it too. */
      const post = async (body: string, length: object) => {
        const options = { method: 'POST', headers: { ...headers, ...length } };
        const sending = request(`${url}/api/v1/devices/import`, options);
        const finished = once(sending, 'finish');
        const responded: Promise<IncomingMessage[]> = once(sending, 'response');
        sending.end(body);
        await finished;
        const [reply] = await responded;
        if (reply === undefined) throw new Error('no reply');
        return { status: reply.statusCode, problem: JSON.parse(await text(reply)) };
      };
      const body = Array.from({ length: 20_000 }, (_, n) => line(n)).join('');
      const late = await post(body, { 'transfer-encoding': 'chunked' });
      expect(late.status).toBe(413);
      expect(late.problem.code).toBe('request/too-large');
      expect(late.problem.detail).toContain(`${LIMIT} bytes`);
      const kept = Number(/rows before that (\d+) were kept/.exec(late.problem.detail)?.[1]);
      expect(kept).toBeGreaterThan(1000);
      expect(await count(account)).toBe(kept);
      const early = await post(body, { 'content-length': Buffer.byteLength(body) });
      expect(early.status).toBe(413);
      expect(early.problem.detail).toContain('No row was read');
    } finally {
      http.server.closeAllConnections();
      await http.close();
    }
  });

  it('keeps the rows of a client that goes away', async () => {
    const account = await tenant();
    const as = await newGuest(api, ['Create Device'], account);
    const { http, url } = await listening();
    try {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      await once(socket, 'connect');
      const head = ['POST /api/v1/devices/import HTTP/1.1', 'host: x', `content-type: ${JSON_LINES}`];
      socket.write([...head, `authorization: Bearer ${as}`, 'content-length: 900000', '', ''].join('\r\n'));
      socket.write(Array.from({ length: 2500 }, (_, n) => line(n)).join(''));
      await expect.poll(() => count(account)).toBeGreaterThanOrEqual(2000);
      socket.destroy();
      await expect.poll(() => count(account)).toBe(2500);
    } finally {
      await http.close();
    }
  });
});
