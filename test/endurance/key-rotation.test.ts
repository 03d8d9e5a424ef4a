import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient } from '../../src/client/muster.ts';
import { noteFigure } from '../support/figures.ts';
import { killLaunched, serve } from '../support/muster-process.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const password = 'correct horse battery';
const DEVICES = 10;
const ROTATIONS = 4;
/** What was before is good for so many seconds more: longer than anybody here takes to change over, at any load. */
const OVERLAP = 60;

let directory: string;
let server: Awaited<ReturnType<typeof serve>>;
let receiver: Receiver;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-keys-'));
  receiver = await startReceiver();
  server = await serve({
    ...{ MUSTER_DATA: directory, MUSTER_ADMIN_PASSWORD: password, MUSTER_RATE_LIMIT: '0' },
    MUSTER_PUSH_ALLOW: '127.0.0.1',
  });
});
afterAll(async () => {
  await server.stop();
  await receiver.close();
  killLaunched();
  await rm(directory, { recursive: true, force: true });
});

const client = async () => {
  const body = { email: 'admin@localhost', password };
  const { token } = await createClient({ url: server.url }).signIn({ body });
  return createClient({ url: server.url, token });
};

/** Asks again and again with what it has at that moment; how many answers there were, and what was refused. */
const keepAsking = (ask: () => Promise<number>) => {
  const seen = { asked: 0, refused: [] as number[] };
  let over = false;
  const asking = (async () => {
    while (!over) {
      const status = await ask();
      seen.asked += 1;
      if (status >= 400) seen.refused.push(status);
      await sleep(1);
    }
  })();
  const stop = async () => {
    over = true;
    await asking;
    return seen;
  };
  return { seen, stop };
};

const get = async (path: string, authorization: string): Promise<number> => {
  const reply = await fetch(server.url + path, { headers: { authorization } });
  await reply.arrayBuffer();
  return reply.status;
};

/** Lets whoever asks be answered a few times more. */
const until = async (reached: () => boolean): Promise<void> => {
  while (!reached()) await sleep(1);
};

it('keys and tokens are replaced under load, and nobody honest is refused', {
  timeout: 240_000,
}, async () => {
  const admin = await client();
  const { id: destination, secret: first } = await admin.createDestination({
    body: { name: 'receiver', url: receiver.url },
  });
  await admin.createSubscription({ body: { destination, only: ['query-saved'] } });
  const signing = [first ?? ''];

  const devices = await Promise.all(
    Array.from({ length: DEVICES }, async (_, index) => {
      const id = `d${index}`;
      await admin.createDevice({ body: { id, protocol: 'ddi' } });
      const { secret = '' } = await admin.createDeviceCredential({ params: { device: id }, body: {} });
      const device = { id, secret };
      return {
        device,
        asks: keepAsking(() => get(`/DEFAULT/controller/v1/${id}`, `TargetToken ${device.secret}`)),
      };
    }),
  );
  const script = { token: (await admin.createToken({ body: { name: 'script 0' } })).token };
  const scripts = keepAsking(() => get('/api/v1/devices?limit=1', `Bearer ${script.token}`));

  let saved = 0;
  for (let rotation = 1; rotation <= ROTATIONS; rotation += 1) {
    for (const { device } of devices) {
      const body = { replacesAfter: OVERLAP };
      const { secret = '' } = await admin.createDeviceCredential({ params: { device: device.id }, body });
      const { seen } = devices.find((one) => one.device === device)?.asks ?? scripts;
      const before = seen.asked;
      await until(() => seen.asked > before + 2);
      device.secret = secret;
    }
    const { items } = await admin.listTokens({});
    script.token = (await admin.createToken({ body: { name: `script ${rotation}` } })).token;
    const before = scripts.seen.asked;
    await until(() => scripts.seen.asked > before + 2);
    for (const { id, name } of items) {
      if (name.startsWith('script')) await admin.revokeToken({ params: { token: id } });
    }
    const rotated = await admin.rotateDestinationSecret({
      params: { destination },
      body: { overlapSeconds: OVERLAP },
    });
    for (let index = 0; index < 5; index += 1) {
      saved += 1;
      await admin.createQuery({ body: { name: `query ${saved}`, expression: '' } });
    }
    await receiver.came(saved);
    // Whoever has not changed over yet, and whoever has.
    signing.push(rotated.secret ?? '');
  }

  const told = await Promise.all([...devices.map(({ asks }) => asks.stop()), scripts.stop()]);
  const isGood = (secret: string, { body, headers }: (typeof receiver.received)[number]): boolean => {
    try {
      new Webhook(secret).verify(body, { ...headers });
      return true;
    } catch {
      return false;
    }
  };
  const unproven = receiver.received.filter((message, index) => {
    const rotation = Math.floor(index / 5) + 1;
    return ![rotation - 1, rotation].every((known) => isGood(signing[known] ?? '', message));
  });
  const refused = told.flatMap((one) => one.refused);
  const asked = told.reduce((sum, one) => sum + one.asked, 0);
  const pass = refused.length === 0 && unproven.length === 0;
  await noteFigure({
    ...{ id: 'R-34', seed: null, command: 'npm test', pass },
    result: `${ROTATIONS} rotations for each of ${DEVICES} devices, a script and a receiver: ${refused.length} of ${asked} requests refused, ${unproven.length} of ${saved} messages without a known signature`,
  });
  expect({ refused, unproven }).toEqual({ refused: [], unproven: [] });
  const replaced = devices[0]?.device.id ?? '';
  expect(await get(`/DEFAULT/controller/v1/${replaced}`, 'TargetToken somebody-elses')).toBe(401);
});
