import { Agent, request } from 'node:http';
import type { Bench } from './bench.ts';
import { withPlace } from './bench.ts';
import type { Muster } from './muster.ts';
import { type Place, startMuster } from './muster.ts';
import { median } from './statistics.ts';

const PASSWORD = 'a-password-of-sixteen';
const TYPE = 'application/vnd.syncml.dm+xml';
/** Sessions that are left open to see what they take. */
const MOST_OPEN = 1_000;

type Post = (url: string, body: string) => Promise<string>;

const poster = (connections: number): { readonly post: Post; readonly close: () => void } => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    close: () => agent.destroy(),
    post: (url, body) =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': TYPE, 'content-length': Buffer.byteLength(body) };
        const asked = request(url, { agent, method: 'POST', headers }, (reply) => {
          const chunks: Buffer[] = [];
          reply.on('data', (chunk) => chunks.push(chunk));
          reply.on('end', () => resolve(Buffer.concat(chunks).toString()));
        });
        asked.once('error', reject);
        asked.end(body);
      }),
  };
};

const meta =
  '<Meta><Format xmlns="syncml:metinf">chr</Format><Type xmlns="syncml:metinf">text/plain</Type></Meta>';

const message = (device: string, msgId: number, cred: string, commands: string): string =>
  [
    '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>',
    `<SessionID>1</SessionID><MsgID>${msgId}</MsgID><Target><LocURI>http://localhost/dm</LocURI></Target>`,
    `<Source><LocURI>${device}</LocURI></Source>${cred}</SyncHdr><SyncBody>${commands}<Final/></SyncBody></SyncML>`,
  ].join('');

const info = ['DevId', 'Man', 'Mod', 'DmV', 'Lang']
  .map((leaf) => `<Item><Source><LocURI>./DevInfo/${leaf}</LocURI></Source>${meta}<Data>1.2</Data></Item>`)
  .join('');

const first = (device: string): string => {
  const data = Buffer.from(`${device}:${PASSWORD}`).toString('base64');
  const how =
    '<Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-basic</Type></Meta>';
  const alert = '<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>';
  const cred = `<Cred>${how}<Data>${data}</Data></Cred>`;
  return message(device, 1, cred, `${alert}<Replace><CmdID>2</CmdID>${info}</Replace>`);
};

const status = (id: number, msg: number, ref: string, cmd: string, code: number): string =>
  `<Status><CmdID>${id}</CmdID><MsgRef>${msg}</MsgRef><CmdRef>${ref}</CmdRef><Cmd>${cmd}</Cmd><Data>${code}</Data></Status>`;

const asked = /<Get><CmdID>(\d+)<\/CmdID>.*?<LocURI>([^<]*)<\/LocURI>.*?<\/Get>/g;

/** What a device answers that has DevDetail and nothing to update. */
const answer = (device: string, msg: number, heard: string): string => {
  let id = 1;
  const parts = [status(1, msg, '0', 'SyncHdr', 212)];
  for (const [, ref = '', node = ''] of heard.matchAll(asked)) {
    const found = node.startsWith('./DevDetail/');
    id += 1;
    parts.push(status(id, msg, ref, 'Get', found ? 200 : 404));
    if (!found) continue;
    id += 1;
    const item = `<Item><Source><LocURI>${node}</LocURI></Source>${meta}<Data>1.0</Data></Item>`;
    parts.push(
      `<Results><CmdID>${id}</CmdID><MsgRef>${msg}</MsgRef><CmdRef>${ref}</CmdRef>${item}</Results>`,
    );
  }
  return message(device, msg + 1, '', parts.join(''));
};

/** One session to its end; how many messages it took. */
const session = async (post: Post, url: string, device: string): Promise<number> => {
  let heard = await post(`${url}/dm/DEFAULT`, first(device));
  const path = /<RespURI>([^<]*)<\/RespURI>/.exec(heard)?.[1];
  if (path === undefined) throw new Error(`no session: ${heard.slice(0, 500)}`);
  for (let msg = 1; ; msg += 1) {
    if (!heard.includes('<Get>')) return msg;
    heard = await post(path, answer(device, msg, heard));
  }
};

/** As many at once as there are devices, for so long; how often in a second. */
const repeat = async (
  seconds: number,
  devices: readonly string[],
  once: (device: string) => Promise<unknown>,
) => {
  const begun = performance.now();
  const end = begun + seconds * 1_000;
  let count = 0;
  const loop = async (device: string): Promise<void> => {
    while (performance.now() < end) {
      await once(device);
      count += 1;
    }
  };
  await Promise.all(devices.map(loop));
  return (count * 1_000) / (performance.now() - begun);
};

const AT_ONCE = 50;

const addDevices = async (muster: Muster, ids: readonly string[]): Promise<void> => {
  const add = async (id: string): Promise<void> => {
    await muster.call('POST', '/devices', { id, protocol: 'oma-dm' });
    await muster.call('POST', `/devices/${id}/credentials`, { kind: 'dm', secret: PASSWORD });
  };
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    await Promise.all(ids.slice(from, from + AT_ONCE).map(add));
  }
};

const measure = async (bench: Bench, muster: Muster): Promise<void> => {
  const { options, raw, tell } = bench;
  const { post, close } = poster(options.connections);
  try {
    const devices = Array.from({ length: options.connections }, (_, n) => `dm-${n}`);
    await addDevices(muster, devices);
    // The first session of each looks for its objects; all others are alike.
    await Promise.all(devices.map((device) => session(post, muster.url, device)));
    const messages = await session(post, muster.url, 'dm-0');
    const body = first('dm-0');
    const values: number[] = [];
    const ratios: number[] = [];
    let [processor, count] = [0, 0];
    for (let round = 0; round < options.rounds; round += 1) {
      const limit = await repeat(options.seconds, devices, async () => {
        for (let sent = 0; sent < messages; sent += 1) await post(raw.url, body);
      });
      const before = muster.processorTime() ?? Number.NaN;
      const value = await repeat(options.seconds, devices, async (device) => {
        await session(post, muster.url, device);
        count += 1;
      });
      processor += (muster.processorTime() ?? Number.NaN) - before;
      values.push(value);
      ratios.push(value / limit);
    }
    tell({
      name: `OMA-DM sessions of ${messages} messages`,
      value: median(values),
      unit: 'sessions/s',
      ratio: { of: 'raw', value: median(ratios) },
      ...(Number.isFinite(processor) && { processor: (processor / count) * 1e6 }),
      peakMemory: muster.peakMemory(),
    });
    await measureOpen(bench, muster, post);
  } finally {
    close();
  }
};

const measureOpen = async ({ options, tell }: Bench, muster: Muster, post: Post): Promise<void> => {
  const count = Math.min(MOST_OPEN, options.devices);
  const devices = Array.from({ length: count }, (_, n) => `open-${n}`);
  await addDevices(muster, devices);
  const before = muster.memory();
  await Promise.all(devices.map((device) => post(`${muster.url}/dm/DEFAULT`, first(device))));
  const after = muster.memory();
  if (before === undefined || after === undefined) {
    return tell({ name: 'memory of an open OMA-DM session', missing: 'the system does not tell' });
  }
  tell({
    name: `memory of an open OMA-DM session, of ${count}`,
    value: Math.max(0, ((after - before) * 1_024) / count),
    unit: 'KiB',
  });
};

/** Complete sessions that bring an inventory and nothing else, against as many bare requests; and what open ones take. */
export const benchDm = (bench: Bench): Promise<void> =>
  withPlace(bench, 'dm', 'SQLite', async (place: Place) => {
    const muster = await startMuster(place, bench.options.profile, { MUSTER_DM_BASIC: 'always' });
    try {
      await measure(bench, muster);
    } finally {
      await muster.stop();
    }
  });
