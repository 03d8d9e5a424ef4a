import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../src/client/muster.ts';
import type { Counts } from '../src/wire/muster/campaigns.ts';

const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const PATIENCE = 90_000;

let demo: ChildProcess;
let shown = '';
let client: Client;

const until = async <Value>(look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> => {
  for (const since = Date.now(); ; ) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() - since > PATIENCE) throw new Error(`it did not come to that:\n${shown}`);
    await sleep(100);
  }
};

const shownAfter = (name: string): string | undefined => new RegExp(`${name} +(\\S+)`).exec(shown)?.[1];
const campaignIn = (name: string): string => /campaigns\/([\w-]+)/.exec(shownAfter(name) ?? '')?.[1] ?? '';
const countsOf = (name: string): Promise<Counts> =>
  client.countUpdates({ params: { campaign: campaignIn(name) } });
const statusOf = async (name: string): Promise<string> =>
  (await client.getCampaign({ params: { campaign: campaignIn(name) } })).status;

/** Processes that one has started, and theirs; only Linux tells. */
const descendants = (pid: number): readonly number[] => {
  if (process.platform !== 'linux') return [];
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = existsSync(`/proc/${name}/stat`) ? readFileSync(`/proc/${name}/stat`, 'utf8') : '';
      return [[Number(name), Number(stat.replace(/^.*\) \S /s, '').split(' ')[0])] as const];
    });
  const children = parents.filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendants(child)]);
};

beforeAll(async () => {
  const { PATH } = process.env;
  demo = spawn(process.execPath, [cli, 'demo', '--port', '0'], {
    env: { ...(PATH && { PATH }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  demo.stdout?.on('data', (text: Buffer) => {
    shown += text;
  });
  await until(() => (shown.includes('Ctrl-C') ? true : undefined));
  const [url = '', password = ''] = [shownAfter('Muster')?.replace(/\/$/, ''), shownAfter('password')];
  const { token } = await createClient({ url }).signIn({
    body: { email: shownAfter('sign in') ?? '', password },
  });
  client = createClient({ url, token });
});
afterAll(() => {
  demo?.kill('SIGKILL');
});

describe('the demonstration', () => {
  it('shows a console, 500 devices of every protocol, and two packages', async () => {
    const fleet = await client.getFleet({});
    expect(fleet.devices).toBe(500);
    expect(new Set(fleet.protocols.map(({ protocol }) => protocol))).toEqual(
      new Set(['ddi', 'gateway', 'lwm2m', 'oma-dm']),
    );
    expect((await client.listPackages({ query: {} })).items).toHaveLength(2);
    const page = await fetch(shownAfter('Muster') ?? '', { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
  });

  it('has one campaign that waits for approval', async () => {
    expect(await statusOf('to approve')).toBe('awaiting-approval');
  });

  it('has one campaign in waves that goes on', async () => {
    expect(await statusOf('under way')).toBe('running');
    const rollout = await client.getRollout({ params: { campaign: campaignIn('under way') } });
    expect(rollout.waves).toHaveLength(3);
    const { closed } = await until(async () => {
      const counts = await countsOf('under way');
      return (counts.closed['succeeded'] ?? 0) > 0 ? counts : undefined;
    });
    expect(closed['succeeded']).toBeLessThan(400);
  });

  it('has one campaign that is over, with failures to look at', { timeout: 2 * PATIENCE }, async () => {
    await until(async () => ((await statusOf('finished')) === 'ended' ? true : undefined));
    const { closed, total } = await countsOf('finished');
    expect(closed['succeeded']).toBeGreaterThan(total / 4);
    expect(closed['failed']).toBeGreaterThan(3);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const started = descendants(demo.pid ?? 0);
    const url = shownAfter('Muster') ?? '';
    if (process.platform === 'linux') expect(started.length).toBeGreaterThan(0);
    demo.kill('SIGINT');
    const [code] = await once(demo, 'exit');
    expect(code).toBe(0);
    expect(started.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});
