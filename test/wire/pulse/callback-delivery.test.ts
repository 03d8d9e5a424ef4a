import { createHmac } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { openMemoryBlobs } from '../../../src/blobs/memory.ts';
import { configFromEnv } from '../../../src/server/config.ts';
import { readEnv } from '../../../src/server/env.ts';
import { startServer } from '../../../src/server/server.ts';
import { openMemory } from '../../../src/store/memory.ts';
import { quickHashing } from '../../support/api.ts';
import { newCertificate } from '../../support/certificate.ts';
import { iotcp } from '../../support/iotcp.ts';
import { type Received, startReceiver } from '../../support/receiver.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const password = 'correct horse battery';
const bytes = 'bytes of a secret that both sides know';
const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;

const start = async () => {
  const env = { MUSTER_PORT: '0', MUSTER_ADMIN_PASSWORD: password, MUSTER_PUSH_ALLOW: '127.0.0.1' };
  const overrides = { store: openMemory(), blobs: openMemoryBlobs(), hashing: quickHashing };
  const config = configFromEnv(readEnv(env));
  const server = await startServer(config, pino({ level: 'silent' }), () => undefined, overrides);
  closing.push(server.stop);
  const ask = async (
    method: string,
    path: string,
    authorization: string,
    body?: object | Buffer,
    // Replies are looked into by hand.
    // biome-ignore lint/suspicious/noExplicitAny: see above
  ): Promise<any> => {
    const payload = Buffer.isBuffer(body) ? new Uint8Array(body) : body && JSON.stringify(body);
    const type = Buffer.isBuffer(body) ? 'application/zip' : 'application/json';
    const reply = await fetch(`${server.url}/api${path}`, {
      method,
      headers: { authorization, 'content-type': type },
      ...(payload !== undefined && { body: payload }),
    });
    const answer = await reply.json();
    if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(answer)}`);
    return answer;
  };
  const basic = Buffer.from(`admin@localhost:${password}`).toString('base64');
  const { accessToken } = await ask('GET', '/tokens', `Basic ${basic}`);
  const operator = (method: string, path: string, body?: object | Buffer) =>
    ask(method, path, `Bearer ${accessToken}`, body);
  return { ask, operator };
};
type Started = Awaited<ReturnType<typeof start>>;

/** A gateway made, and let in, as the API's own callers do it. */
const enrol = async ({ ask, operator }: Started, name: string) => {
  const { id } = await operator('POST', '/devices', { name });
  const { credentials } = await operator('POST', `/device-credentials/${id}`, {});
  const asDevice = (method: string, path: string, body?: object) =>
    ask(method, path, `Bearer ${credentials}`, body);
  await asDevice('GET', `/devices/${id}/enroll`);
  const update = async (): Promise<void> => {
    for (let idle = 0; idle < 3; ) {
      const { commandMessage } = await asDevice('GET', `/devices/${id}/commands`);
      const commands = commandMessage.map(({ commandId }: { readonly commandId: string }) => ({
        ...{ commandId, status: 'SUCCEEDED' },
      }));
      idle = commands.length === 0 ? idle + 1 : 0;
      if (commands.length > 0) await asDevice('PUT', `/devices/${id}/commands`, { commands });
    }
  };
  return { id, update };
};

it('callbacks reach their destination over TLS, with its authentication, signed, in order and in spite of failures', async () => {
  const certificate = newCertificate({ hosts: ['127.0.0.1'] });
  let failures = 3;
  const at = await startReceiver((reply) => {
    failures -= 1;
    reply.writeHead(failures >= 0 ? 503 : 204).end();
  }, certificate);
  closing.push(at.close);
  const started = await start();
  const { operator } = started;
  const { uuid: program } = await operator('POST', '/programs?name=base.iotcp', iotcp());
  const { id: notificationDestinationId } = await operator('POST', '/notification-destinations', {
    ...{ name: 'Operations', protocol: 'HTTP', host: '127.0.0.1', port: at.port, relativePath: '/pulse' },
    ...{ sslTlsVersion: 'TLS1_2', certificate: certificate.cert, secret },
    ...{ authenticationType: 'BASIC', username: 'pulse', password: 'let me in' },
    retrySchedule: { retryInterval: 20, maxRetryCount: 20, requestTimeout: 5_000 },
  });
  const { uuid } = await operator('POST', '/campaigns', {
    ...{ name: 'Spring', packages: [program] },
    campaignSettings: { settings: { 'ota.stepsPerPoll': '8' } },
  });
  const campaign = `/campaigns/${uuid}`;
  await operator('PUT', `${campaign}/callbacks/state-change`, { notificationDestinationId });
  await operator('PUT', `${campaign}/callbacks/completed`, { notificationDestinationId });
  const gateways = [await enrol(started, 'north'), await enrol(started, 'south')];
  await operator('PUT', `${campaign}/start`);
  await operator('POST', `${campaign}/devices`, { gatewayIds: gateways.map(({ id }) => id) });
  await Promise.all(gateways.map(({ update }) => update()));

  // Per gateway eleven states; beside them who was added, and that all are through; and what was refused.
  const all = await at.came(2 * 11 + 2 + 3);
  const delivered = all.slice(3).map(({ body }) => JSON.parse(body));
  const statesOf = (gateway: string) =>
    delivered.filter(({ gatewayId }) => gatewayId === gateway).map(({ state }) => state);
  for (const { id } of gateways) {
    expect(statesOf(id)).toEqual([
      ...['INSTANTIATED', 'INVENTORY_UP_TO_DATE'],
      ...['WAITING_FOR_DOWNLOAD', 'DOWNLOADING', 'DOWNLOAD_COMPLETE'],
      ...['WAITING_FOR_EXECUTION', 'EXECUTING', 'EXECUTION_COMPLETE'],
      ...['WAITING_FOR_ACTIVATION', 'ACTIVATING', 'ACTIVATION_COMPLETE'],
    ]);
  }
  expect(
    delivered
      .map(({ event }) => event)
      .filter((event) => event !== 'STATE_CHANGE')
      .sort(),
  ).toEqual(['CAMPAIGN_COMPLETED', 'GATEWAYS_ADDED']);
  const authorization = `Basic ${Buffer.from('pulse:let me in').toString('base64')}`;
  const isRight = ({ path, headers, body }: Received): boolean =>
    path === '/pulse' &&
    headers['authorization'] === authorization &&
    headers['x-signature'] === `sha256=${createHmac('sha256', bytes).update(body).digest('hex')}`;
  expect(all.filter((message) => !isRight(message))).toEqual([]);
  expect(new Set(all.map(({ headers }) => headers['webhook-id'])).size).toBe(2 * 11 + 2);
});
