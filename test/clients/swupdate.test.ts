import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../src/client/muster.ts';
import { type Running, startProcess } from '../bench/process.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { signInToPulse } from '../support/pulse-operator.ts';
import { startS3 } from '../support/s3.ts';
import { makeSigner, type Signer, swuOf } from '../support/swu.ts';
import {
  type DeviceProcess,
  type DeviceSettings,
  hasSwupdate,
  lastWordsOf,
  startSwupdate,
  stopAllSwupdates,
} from '../support/swupdate.ts';
import { signInToThingSpace } from '../support/thingspace-operator.ts';

const main = fileURLToPath(new URL('../../src/server/main.ts', import.meta.url));
const admin = { email: 'admin@localhost', password: 'correct horse battery' };

let directory: string;
let signer: Signer;
/** Devices reach the server through it alone. */
let proxy: CuttingProxy;
let server: Running;
let client: Client;

/** A package for one device, which it may install as soon as it asks. */
type Offer = { readonly device: string; readonly image: Buffer; readonly fileName: string };

/** Creates a campaign for the device and starts it; its id. */
type Operator = (offer: Offer) => Promise<string>;

const offerOverMuster: Operator = async ({ device, image, fileName }) => {
  const bytes = { type: 'application/octet-stream', data: new Uint8Array(image) };
  const query = { name: `firmware for ${device}`, version: '2.0', fileName };
  const { id } = await client.createPackage({ query, bytes });
  const { id: campaign } = await client.createCampaign({
    body: { name: `update ${device}`, packages: [id], retry: { attempts: 1, backOffSeconds: 0 } },
  });
  await client.addCampaignDevices({ params: { campaign }, body: { devices: [device] } });
  await client.startCampaign({ params: { campaign } });
  return campaign;
};

const offerOverPulse: Operator = async ({ device, image, fileName }) => {
  const operator = await signInToPulse(server.url, admin);
  const pack = await operator.upload(image, fileName);
  return operator.launch({ name: `update ${device}`, packages: [pack], gateways: [device] });
};

const offerOverThingSpace: Operator = async ({ device, image, fileName }) => {
  const operator = await signInToThingSpace(server.url, admin);
  const software = { name: `software for ${device}`, version: '2.0', fromVersion: '1.0' };
  const bytes = { type: 'application/octet-stream', data: new Uint8Array(image) };
  await client.createPackage({ query: { ...software, fileName }, bytes });
  return operator.launch({ software, devices: [device] });
};

/** Every API over which an operator can do so. */
const operators: readonly { readonly api: string; readonly device: string; readonly offer: Operator }[] = [
  { api: 'the Muster API', device: 'success', offer: offerOverMuster },
  { api: 'the Pulse API', device: 'pulse', offer: offerOverPulse },
  { api: 'the ThingSpace API', device: '990013907835573', offer: offerOverThingSpace },
];

/** Seconds, not instants: the machine may be busy with other tests, and a device waits before it tries again. */
const PATIENCE_MS = 60_000;

const until = async <Value>(
  what: string,
  look: () => Promise<Value | undefined | false> | Value | undefined | false,
  whatElse = () => '',
): Promise<Value> => {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(50)) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
  }
  throw new Error(`waited in vain for ${what}\n${whatElse()}`);
};

/** A device with its directory, credential and image; each test has its own. */
type Board = {
  readonly id: string;
  readonly settings: DeviceSettings;
  readonly fileName: string;
  /** The file that the package becomes. */
  readonly installed: string;
  readonly payload: Buffer;
};

const boardOf = (id: string, proof: DeviceSettings['proof'], size = 200_000): Board => {
  const own = join(directory, id);
  return {
    id,
    settings: { directory: own, signer, server: proxy.url, id, proof, attributes: { serial: `${id}-7` } },
    fileName: `${id}.swu`,
    installed: join(own, 'firmware.bin'),
    payload: Buffer.alloc(size, `payload of ${id} `),
  };
};

const registeredBoard = async (id: string, size?: number): Promise<Board> => {
  await client.createDevice({ body: { id } });
  const { secret } = await client.createDeviceCredential({ params: { device: id }, body: {} });
  return boardOf(id, { kind: 'target', secret: secret ?? '' }, size);
};

/** Takes a moment, as on a board: SWUpdate waits for ever for a result that is there before it asks. */
const scriptOf = (says: string, status: number): string =>
  `#!/bin/sh\nsleep 1\necho "${says}: $1"\nexit ${status}\n`;

const imageFor = ({ payload, installed }: Board, script = scriptOf('the board is asked', 0)): Buffer =>
  swuOf(signer, { version: '2.0', payload, installTo: installed, script });

const offerOf = (board: Board, image = imageFor(board)): Offer => ({
  device: board.id,
  image,
  fileName: board.fileName,
});

const updateOf = (campaign: string, { id }: Board) =>
  client.getCampaignDevice({ params: { campaign, device: id } });

const untilClosed = (campaign: string, board: Board, outcome: string) =>
  until(
    `${board.id} to end as ${outcome}`,
    async () => {
      const update = await updateOf(campaign, board);
      if (update.outcome !== null && update.outcome !== outcome) throw new Error(JSON.stringify(update));
      return update.outcome === outcome && update;
    },
    () => `${JSON.stringify(requestsOf(board).slice(-20))}\n${lastWordsOf(board.id)}`,
  );

const requestsOf = ({ id }: Board) => proxy.asked.filter(({ path }) => path.includes(`/v1/${id}`));

const untilAsked = (board: Board, method: string, part: string) =>
  until(`${method} ${part}`, () =>
    requestsOf(board).find((asked) => asked.method === method && asked.path.includes(part)),
  );

/** Once it has restarted, a device tells whether the new firmware works. */
const restart = async (
  device: DeviceProcess,
  { settings }: Board,
  verdict: DeviceSettings['verdict'] = 'succeeded',
): Promise<DeviceProcess> => {
  await device.stop();
  return startSwupdate({ ...settings, verdict });
};

const untilInstalled = (device: DeviceProcess): Promise<boolean> =>
  until(
    'the installation',
    () => device.log().includes('Update successful, executing post-update actions'),
    () => device.log().slice(-6000),
  );

const historyOf = async (campaign: string, { id }: Board) => {
  const { items } = await client.listCampaignDeviceEvents({ params: { campaign, device: id } });
  return items.toReversed().map(({ type, data }) => (type === 'update-moved' ? `${data['to']}` : type));
};

/** All that the device said; every report of it has to be there. */
const linesOf = async (campaign: string, board: Board): Promise<string> => {
  const params = { campaign, device: board.id };
  const { total, entries } = await client.getCampaignDeviceLog({ params });
  const reports = requestsOf(board).filter(({ path }) => path.endsWith('/feedback'));
  expect(total).toBe(reports.length);
  return entries.flatMap(({ lines }) => lines).join('\n');
};

/** In this order, with others between them. */
const expectInOrder = (history: readonly string[], steps: readonly string[]): void => {
  const places = steps.map((step) => history.indexOf(step));
  expect(places, `${history}`).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
};

const steps = [
  'inventoried',
  'download-ready',
  'download-running',
  'download-complete',
  'execution-running',
  'execution-complete',
  'activation-running',
  'activation-complete',
  'update-closed',
];

const openDoors = async (): Promise<string> => {
  const params = { account: 'DEFAULT' };
  const poll = { leastSeconds: 1, usualSeconds: 1, mostSeconds: 1 };
  await client.editAccount({ params, body: { deviceAccess: { registration: 'open', poll } } });
  return (await client.createGatewayToken({ params, body: {} })).secret;
};

const scriptFailed = { reason: 'install-failed', message: 'execute preinstall scripts failed' };
const hashDiffers = { reason: 'checksum-mismatch', message: 'HASH mismatch' };

let gatewayToken: string;

const serve = async (more: Readonly<Record<string, string>> = {}): Promise<void> => {
  const { PATH } = process.env;
  server = await startProcess({
    args: [main],
    env: {
      ...(PATH && { PATH }),
      MUSTER_PORT: '0',
      MUSTER_DATA: join(directory, 'data'),
      MUSTER_PUBLIC_URL: proxy.url,
      MUSTER_ADMIN_PASSWORD: admin.password,
      ...more,
    },
  });
  proxy.leadTo(server.url);
  const { token } = await createClient({ url: server.url }).signIn({ body: admin });
  client = createClient({ url: server.url, token });
};

describe.skipIf(!hasSwupdate())(
  'SWUpdate against the server',
  // One after the other: daemons on one machine find each other's sockets by name, and take each other's news for theirs.
  { timeout: 4 * PATIENCE_MS },
  () => {
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'muster-swu-'));
      signer = makeSigner(directory);
      proxy = await startCuttingProxy();
      await serve();
      gatewayToken = await openDoors();
    });
    afterAll(async () => {
      await stopAllSwupdates();
      await server?.stop();
      await proxy?.stop();
      await rm(directory, { recursive: true, force: true });
    });

    for (const { api, device: id, offer } of operators) {
      it(`downloads, installs, restarts and reports success of a campaign made over ${api}`, async () => {
        const board = await registeredBoard(id);
        const campaign = await offer(offerOf(board));
        const device = await startSwupdate(board.settings);
        await untilInstalled(device);
        expect((await updateOf(campaign, board)).outcome).toBeNull();
        await restart(device, board);

        await untilClosed(campaign, board, 'succeeded');
        expect((await client.countUpdates({ params: { campaign } })).closed).toEqual({ succeeded: 1 });
        expect(await readFile(board.installed)).toEqual(board.payload);
        expectInOrder(await historyOf(campaign, board), steps);
        expect(await linesOf(campaign, board)).toContain('All Chunks Installed.');
      });
    }

    it('registers itself with a gateway token, tells what it is, and is updated', async () => {
      const board = boardOf('newcomer', { kind: 'gateway', secret: gatewayToken });
      const device = await startSwupdate(board.settings);
      const found = await until('its attributes', async () => {
        const { items } = await client.listDevices({ query: { where: 'serial = "newcomer-7"' } });
        return items[0];
      });
      expect(found).toMatchObject({ id: board.id, protocol: 'ddi', standing: 'accepted' });

      const campaign = await offerOverMuster(offerOf(board));
      await untilInstalled(device);
      await restart(device, board);
      await untilClosed(campaign, board, 'succeeded');
      expect(await readFile(board.installed)).toEqual(board.payload);
    });

    it('gets nowhere with a wrong secret', async () => {
      const board = await registeredBoard('stranger');
      const proof = { kind: 'target', secret: 'not-the-secret-of-this-device' } as const;
      const device = await startSwupdate({ ...board.settings, proof });
      await until('three attempts', () => requestsOf(board).length >= 3);
      await device.stop();
      expect((await client.getDevice({ params: { device: board.id } })).lastSeenAt).toBeNull();
    });

    it('reports the failure of an image whose script fails, and of one that is corrupt', async () => {
      const failing = await registeredBoard('failing');
      const corrupt = await registeredBoard('corrupt');
      const spoilt = imageFor(corrupt);
      spoilt.write('?', spoilt.indexOf(corrupt.payload) + 1000);
      const script = scriptOf('the board refuses', 1);
      const images = [
        { board: failing, image: imageFor(failing, script), ...scriptFailed },
        { board: corrupt, image: spoilt, ...hashDiffers },
      ];
      for (const { board, image, reason, message } of images) {
        const campaign = await offerOverMuster(offerOf(board, image));
        const device = await startSwupdate(board.settings);
        const update = await untilClosed(campaign, board, 'failed');
        expect(update.reason).toBe(reason);
        expect(update.message).toContain(message);
        expect((await client.countUpdates({ params: { campaign } })).closed).toEqual({ failed: 1 });
        expect(await linesOf(campaign, board)).toContain(message);
        expect(existsSync(board.installed)).toBe(false);
        await device.stop();
      }
    });

    it('reports that what it installed did not start', async () => {
      const board = await registeredBoard('reverted');
      const campaign = await offerOverMuster(offerOf(board));
      const device = await startSwupdate(board.settings);
      await untilInstalled(device);
      await restart(device, board, 'failed');
      const { message } = await untilClosed(campaign, board, 'failed');
      expect(message).toBe('Update Failed.');
    });

    it('acknowledges that a campaign was cancelled while it was away', async () => {
      const board = await registeredBoard('away');
      proxy.arrange(board.fileName, { type: 'slow', bytesPerSecond: 20_000 });
      const campaign = await offerOverMuster(offerOf(board));
      const device = await startSwupdate(board.settings);
      await untilAsked(board, 'GET', '/deploymentBase/');
      await device.stop();
      await client.cancelCampaign({ params: { campaign } });
      // A job takes it back, soon after the answer.
      const isRecalled = async () => (await updateOf(campaign, board)).recalled?.outcome === 'cancelled';
      await until(`${board.id} to be called back`, isRecalled);
      expect((await updateOf(campaign, board)).outcome).toBeNull();

      await startSwupdate(board.settings);
      await untilClosed(campaign, board, 'cancelled');
      await untilAsked(board, 'POST', '/cancelAction/');
      expect(existsSync(board.installed)).toBe(false);
    });

    it('acknowledges that a campaign was cancelled while it downloads', async () => {
      const board = await registeredBoard('downloading', 2_000_000);
      proxy.arrange(board.fileName, { type: 'slow', bytesPerSecond: 50_000 });
      const campaign = await offerOverMuster(offerOf(board));
      await startSwupdate(board.settings);
      await untilAsked(board, 'GET', board.fileName);
      await client.cancelCampaign({ params: { campaign } });

      await untilClosed(campaign, board, 'cancelled');
      expect((await client.countUpdates({ params: { campaign } })).closed).toEqual({ cancelled: 1 });
      expect(await linesOf(campaign, board)).toContain('cancellation acknowledged');
      expect(existsSync(board.installed)).toBe(false);
    });

    it('goes on where its download broke off', async () => {
      const board = await registeredBoard('broken', 3_000_000);
      proxy.arrange(board.fileName, { type: 'cut', after: 1_000_000 });
      const campaign = await offerOverMuster(offerOf(board));
      const device = await startSwupdate(board.settings);
      await untilInstalled(device);
      await restart(device, board);

      await untilClosed(campaign, board, 'succeeded');
      const downloads = requestsOf(board).filter(
        ({ method, path }) => method === 'GET' && path.endsWith(board.fileName),
      );
      expect(downloads.map(({ range }) => range)).toEqual([undefined, 'bytes=1000000-']);
      expect(await readFile(board.installed)).toEqual(board.payload);
    });

    it('fetches from an object store where it is led there, and goes on there where its download broke off', async () => {
      const s3 = await startS3();
      const store = await startCuttingProxy();
      store.leadTo(s3.url);
      await server.stop();
      await serve({
        ...{ MUSTER_S3_BUCKET: s3.bucket, MUSTER_S3_ENDPOINT: store.url, MUSTER_S3_REDIRECT: 'ddi' },
        ...{ MUSTER_S3_ACCESS_KEY: s3.keys.accessKeyId, MUSTER_S3_SECRET_KEY: s3.keys.secretAccessKey },
      });
      const board = await registeredBoard('led', 3_000_000);
      const campaign = await offerOverMuster(offerOf(board));
      // Links are signed by what is asked for first, so that this ends those to packages alone.
      store.arrange('x-id=GetObject', { type: 'cut', after: 1_000_000 });
      const device = await startSwupdate(board.settings);
      await untilInstalled(device);
      await restart(device, board);

      await untilClosed(campaign, board, 'succeeded');
      expect(await readFile(board.installed)).toEqual(board.payload);
      const fetched = store.asked.filter(({ path }) => path.includes('X-Amz-Signature='));
      expect(fetched.map(({ range }) => range)).toEqual([undefined, 'bytes=1000000-']);
      await server.stop();
      await store.stop();
      await s3.stop();
    });
  },
);
