import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { deviceKeys, openDtlsHouse, type Place, place, settle } from './support/dtls-house.ts';
import { pcapOf } from './support/pcap.ts';

const run = promisify(execFile);
const server = place(5684, '192.0.2.254');
const device = place(4001);

const hasTshark = (): boolean => {
  if (spawnSync('tshark', ['--version']).error === undefined) return true;
  if (process.env['CI'] === 'true') throw new Error('tshark was not found');
  console.warn('tshark was not found: what it thinks of DTLS is not looked at');
  return false;
};

type Captured = { readonly from: Place; readonly to: Place; readonly payload: Uint8Array };

/** A whole conversation: handshake in pieces or not, a request, its response, and a goodbye. */
const converse = async (options: { readonly cid?: Uint8Array; readonly pieces?: number }) => {
  const captured: Captured[] = [];
  const house = await openDtlsHouse();
  const client = house.client(device, {
    ...options,
    send: (payload) => {
      captured.push({ from: device, to: server, payload });
      house.arrive(device, payload);
    },
    loses: (payload) => {
      captured.push({ from: server, to: device, payload });
      return false;
    },
  });
  const say = (payload: Buffer): void => {
    captured.push({ from: device, to: server, payload });
    house.arrive(device, payload);
  };
  client.start();
  await settle();
  // GET /a, and 2.05 with a payload.
  say(client.seal(Buffer.from('40011234b161', 'hex')));
  house.transport.send(house.heard[0]?.from ?? { key: '' }, Buffer.from('60451234ff6f6b', 'hex'));
  say(client.seal(Uint8Array.of(1, 0), { type: 21 }));
  return captured;
};

/** What tshark sees of a conversation: a line for each packet, with these fields. */
const dissect = async (
  captured: readonly Captured[],
  ...fields: readonly string[]
): Promise<readonly string[]> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-dtls-'));
  try {
    const file = join(directory, 'dtls.pcap');
    await writeFile(file, pcapOf(captured));
    const key = Buffer.from(deviceKeys.get('dev1') ?? []).toString('hex');
    const wanted = fields.flatMap((field) => ['-e', field]);
    const read = [
      '-r',
      file,
      '-d',
      'udp.port==5684,dtls',
      '-o',
      `dtls.psk:${key}`,
      '-T',
      'fields',
      ...wanted,
    ];
    const { stdout } = await run('tshark', read);
    return stdout.trimEnd().split('\n');
  } finally {
    await rm(directory, { recursive: true });
  }
};

describe.skipIf(!hasTshark())('the dissector of tshark', () => {
  it.each([
    ['ordinary records', {}],
    ['messages in pieces', { pieces: 64 }],
    ['connection ids', { cid: Uint8Array.of(9, 8, 7) }],
  ])('finds nothing wrong with %s', async (_, options) => {
    const lines = await dissect(await converse(options), '_ws.malformed', '_ws.expert.message');
    expect(lines.map((line) => line.trim()).filter((line) => line !== '')).toEqual([]);
  });

  it.each([
    ['without a connection id', {}],
    ['with connection ids', { cid: Uint8Array.of(9, 8, 7) }],
  ])(
    'sees the messages of a handshake, and opens with the key what both sides say, %s',
    async (_, options) => {
      const lines = await dissect(
        await converse(options),
        'dtls.handshake.type',
        'coap.code',
        'dtls.alert_message.desc',
      );
      expect(lines.map((line) => line.split('\t'))).toEqual([
        ['1', '', ''],
        ['3', '', ''],
        ['1', '', ''],
        ['2,14', '', ''],
        ['16,20', '', ''],
        ['20', '', ''],
        ['', '1', ''],
        ['', '69', ''],
        ['', '', '0'],
        ['', '', '0'],
      ]);
    },
  );
});
