import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must } from './contract/store/world.ts';
import { type Lwm2mServer, startLwm2mServer } from './support/lwm2m-server.ts';
import { connectStream } from './support/stream-client.ts';

const NO_CLIENT = 'coap-client-openssl was not found';

const hasClient = (): boolean => {
  if (spawnSync('coap-client-openssl', ['-h']).error === undefined) return true;
  if (process.env['CI'] === 'true') throw new Error(NO_CLIENT);
  console.warn(`${NO_CLIENT}: tests that need it are skipped`);
  return false;
};

const run = promisify(execFile);

let muster: Lwm2mServer;

beforeAll(async () => {
  muster = await startLwm2mServer({
    MUSTER_LWM2M_COAPS: '127.0.0.1:0',
    MUSTER_LWM2M_COAP_TCP: '127.0.0.1:0',
    MUSTER_LWM2M_COAPS_TCP: '127.0.0.1:0',
  });
});
afterAll(() => muster?.stop());

const KEY = 'sixteen letters!';

const withKey = async (id: string, identity: string, protocol = 'lwm2m'): Promise<void> => {
  await muster.call('POST', '/devices', { id, protocol });
  const secret = Buffer.from(KEY).toString('hex');
  await muster.call('POST', `/devices/${id}/credentials`, { kind: 'psk', identity, secret });
};

/** Registers with libcoap's client; what it printed of the answer, which is nothing where that is empty. */
const register = async (identity: string, endpoint: string): Promise<string> => {
  const { port } = must(muster.server.lwm2m.find(({ name }) => name === 'coaps'));
  const uri = `coaps://127.0.0.1:${port}/rd?lwm2m=1.1&lt=300${endpoint === '' ? '' : `&ep=${endpoint}`}`;
  const args = [
    '-m',
    'post',
    '-u',
    identity,
    '-k',
    KEY,
    '-t',
    '40',
    '-e',
    '</1/0>,</3/0>,</5/0>',
    '-B',
    '5',
    uri,
  ];
  const { stdout, stderr } = await run('coap-client-openssl', args);
  return `${stdout}${stderr}`;
};

describe.skipIf(!hasClient())('a device with a pre-shared key', () => {
  it('registers over DTLS as itself, with and without its name', async () => {
    await withKey('secure-1', 'key-of-1');
    expect(await register('key-of-1', 'secure-1')).not.toMatch(/4\.\d\d/);
    expect(await register('key-of-1', '')).not.toMatch(/4\.\d\d/);
    const { store } = muster.server.context;
    const { key } = must(await store.accounts.find('DEFAULT'));
    const device = must(await store.devices.find(key, 'secure-1'));
    expect(await store.protocolSessions.find(key, device.key, 'lwm2m')).toBeDefined();
  });

  it('cannot register as another one', async () => {
    await withKey('secure-2', 'key-of-2');
    await withKey('secure-3', 'key-of-3');
    expect(await register('key-of-2', 'secure-3')).toContain('4.03');
  });

  it('takes its device over from another protocol', async () => {
    await withKey('secure-4', 'key-of-4', 'ddi');
    expect(await register('key-of-4', 'secure-4')).not.toMatch(/4\.\d\d/);
    expect((await muster.call('GET', '/devices/secure-4'))['protocol']).toBe('lwm2m');
  });
});

describe('over TLS', () => {
  /** `POST /rd` in link format with these queries, framed as RFC 8323 has it. */
  const registration = (...queries: readonly string[]): Buffer => {
    const query = queries.map((text, n) =>
      Buffer.concat([Buffer.of((n === 0 ? 0x30 : 0) + text.length), Buffer.from(text)]),
    );
    const options = Buffer.concat([Buffer.from('b272641128', 'hex'), ...query]);
    const body = Buffer.concat([options, Buffer.of(0xff), Buffer.from('</3/0>,</5/0>')]);
    return Buffer.concat([Buffer.of(0xd1, body.length - 13, 0x02, 0x01), body]);
  };

  it('a device registers as itself and not as another one', async () => {
    await withKey('stream-1', 'key-of-stream-1');
    const { port } = must(muster.server.lwm2m.find(({ name }) => name === 'coaps+tcp'));
    const client = await connectStream(port, { identity: 'key-of-stream-1', key: Buffer.from(KEY) });
    expect((await client.next()).code).toBe('7.01');
    const answerTo = async (...queries: readonly string[]): Promise<string> => {
      client.send(`00e1 ${registration(...queries).toString('hex')}`);
      for (;;) {
        const { code, token } = await client.next();
        if (token === '01') return code;
      }
    };
    expect(await answerTo('lwm2m=1.1', 'ep=secure-9')).toBe('4.03');
    expect(await answerTo('lwm2m=1.1', 'ep=stream-1', 'b=T')).toBe('2.01');
    await client.close();
  });
});
