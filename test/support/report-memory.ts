import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import Fastify from 'fastify';
import { reportHandlers } from '../../src/api/muster/report.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { must, newWorld } from '../contract/store/world.ts';
import { ada, sampleDevice } from './samples.ts';

/*
 * Run as a process of its own with a file and a number of devices: fills the file with that many devices in a campaign,
 * each with a history; or, with a third argument, reads the report of that campaign over HTTP and prints how many lines
 * and bytes came, how long it took in milliseconds, and the peak of memory in MiB, all of that as JSON.
 */

/** Memory of this process in MiB, without the pages of the database that are mapped and given back when others want them. */
const ownMemory = (): number => {
  if (process.platform !== 'linux') return process.memoryUsage().rss / 1024 ** 2;
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
};

const PIECE = 5_000;
/** Events of a device that went all the way. */
const steps = [
  ...['inventoried', 'download-ready', 'download-running', 'download-complete'],
  ...['execution-ready', 'execution-running', 'execution-complete'],
];

const fill = async (file: string, count: number): Promise<void> => {
  const store = await openSqlite(file);
  const world = await newWorld(store);
  const campaign = await world.addCampaign();
  for (let done = 0; done < count; done += PIECE) {
    const rows = Array.from({ length: Math.min(PIECE, count - done) }, () => ({ value: sampleDevice() }));
    await store.devices.saveMany(world.account, rows, { actor: ada, now: 0 });
  }
  const add = { account: world.account, campaign: campaign.key, actor: ada, now: 0, by: 'query' } as const;
  for (let after: number | null = 0; after !== null; ) {
    ({ next: after } = await store.updates.add({ ...add, where: { type: 'all' }, after, limit: PIECE }));
  }
  await store.close();
  const connection = new DatabaseSync(file);
  connection.exec('pragma synchronous = off');
  for (const [index, step] of steps.entries()) {
    connection.exec(`insert into events (seq, at, account, campaign, device, actor_kind, wire, actor_id, body)
      select ${index + 2} * 10000000 + device, ${index} * 1000, account, campaign, device, 2, 4, 'truck',
        '{"type":"update-moved","to":"${step}"}' from updates`);
  }
  connection.close();
};

const read = async (file: string): Promise<void> => {
  const store = await openSqlite(file);
  const [account] = (await store.accounts.list({ after: 0, limit: 1 })).items;
  const filter = { text: '', description: '', ids: [], statuses: [], packageIds: [], createdFrom: 0 };
  const { items } = await store.campaigns.list(must(account).key, filter, { after: 0, limit: 1 });
  const params = { campaign: must(items[0]).id };
  const caller = { account, actor: ada, permissions: new Set() };
  const app = Fastify();
  const { reportCampaign } = reportHandlers({ store });
  app.get('/', async (_, reply) => {
    // What the handler reads of a call, without who it is, which is checked elsewhere.
    await reportCampaign({ caller, params, query: {}, reply } as never);
    return reply;
  });
  const begun = performance.now();
  const client = request(await app.listen({ host: '127.0.0.1', port: 0 })).end();
  const [reply] = await once(client, 'response');
  let [lines, bytes, peak] = [0, 0, 0];
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    peak = Math.max(peak, ownMemory());
    for (const byte of chunk) if (byte === 10) lines += 1;
  }
  const took = Math.round(performance.now() - begun);
  console.log(JSON.stringify({ lines, bytes, took, peak: Math.round(peak) }));
  await app.close();
  await store.close();
};

const [file = '', count = '0', reads] = process.argv.slice(2);
await (reads === undefined ? fill(file, Number(count)) : read(file));
