import { pino } from 'pino';
import { openMemoryBlobs } from '../../src/blobs/memory.ts';
import { createClient } from '../../src/client/muster.ts';
import { configFromEnv } from '../../src/server/config.ts';
import { readEnv } from '../../src/server/env.ts';
import { startServer } from '../../src/server/server.ts';
import { openMemory } from '../../src/store/memory.ts';
import { quickHashing } from './api.ts';
import { startReceiver } from './receiver.ts';

const password = 'correct horse battery';

/** A whole server, work for it of every kind that is measured, and what its metrics say. */
export const startMetered = async () => {
  const hook = await startReceiver();
  const env = { MUSTER_PORT: '0', MUSTER_ADMIN_PASSWORD: password, MUSTER_PUSH_ALLOW: '127.0.0.1' };
  const overrides = { store: openMemory(), blobs: openMemoryBlobs(), hashing: quickHashing };
  const logger = pino({ level: 'silent' });
  const server = await startServer(configFromEnv(readEnv(env)), logger, () => undefined, overrides);
  const { url } = server;
  const { token } = await createClient({ url }).signIn({ body: { email: 'admin@localhost', password } });
  const client = createClient({ url, token });

  /** Two devices in a campaign that lets one begin at a time: the first fails, and then the second. */
  const work = async (): Promise<void> => {
    const { id: destination } = await client.createDestination({ body: { name: 'Pager', url: hook.url } });
    await client.createSubscription({ body: { destination } });
    const bytes = { type: 'application/octet-stream', data: 'firmware' };
    const pack = await client.createPackage({ query: { name: 'fw', version: '1', kind: 'firmware' }, bytes });
    await client.createDevice({ body: { id: 'ddi', protocol: 'ddi' } });
    await client.createDevice({ body: { id: 'other', protocol: 'custom' } });
    const { secret } = await client.createDeviceCredential({ params: { device: 'ddi' }, body: {} });
    const { id: campaign } = await client.createCampaign({
      body: { name: 'Spring', packages: [pack.id], concurrency: 1 },
    });
    await client.addCampaignDevices({ params: { campaign }, body: { devices: ['ddi', 'other'] } });
    await client.startCampaign({ params: { campaign } });
    const headers = { authorization: `TargetToken ${secret}`, 'content-type': 'application/json' };
    const base = `${url}/DEFAULT/controller/v1/ddi`;
    const poll = JSON.stringify(await (await fetch(base, { headers })).json());
    const link = /"(http[^"]*deploymentBase[^"]*)"/.exec(poll)?.[1] ?? '';
    const other = { params: { device: 'other' } };
    await client.checkIn(other);
    const status = { execution: 'closed', result: { finished: 'failure' } };
    const feedback = `${link.split('?')[0]}/feedback`;
    await fetch(feedback, { method: 'POST', headers, body: JSON.stringify({ status }) });
    await fetch(base, { headers });
    await client.checkIn(other);
    await client.reportUpdate({
      params: { campaign, device: 'other' },
      body: { phase: 'download', step: 'running' },
    });
    await client.openStream({});
  };

  /** Each sample by its name and labels. */
  const read = async (): Promise<Readonly<Record<string, number>>> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return Object.fromEntries(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  };
  const stop = async (): Promise<void> => {
    await server.stop();
    await hook.close();
  };
  return { work, read, stop };
};
