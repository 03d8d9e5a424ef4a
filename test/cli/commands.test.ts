import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type CliWorld, password, type Ran, startCliWorld } from '../support/cli.ts';
import { commandNames } from '../support/cli-tree.ts';

let world: CliWorld;
const seen = new Set<string>();

beforeAll(async () => {
  world = await startCliWorld();
});
afterAll(() => world.stop());

/** Runs a line that is expected to go well unless another code is named; words of several parts are given apart. */
const muster = async (
  line: string,
  options: Parameters<CliWorld['muster']>[1] & { code?: number; words?: string[] } = {},
): Promise<Ran> => {
  const { code = 0, words = [], ...rest } = options;
  const args = [...line.split(' '), ...words];
  seen.add(commandNames.find((name) => `${args.join(' ')} `.startsWith(`${name} `)) ?? line);
  const ran = await world.muster(args, rest);
  expect({ line: args.join(' '), ...ran }).toMatchObject({ code });
  return ran;
};

const json = async (line: string, words: string[] = []) =>
  JSON.parse((await muster(line, { words: [...words, '-o', 'json'] })).out);

describe('commands', () => {
  it('sign in with a password that is no argument, keep the token for their owner alone, and sign out', async () => {
    const env = { MUSTER_CONFIG: join(world.directory, 'other', 'config.yaml') };
    const line = `login --url ${world.url}/ --email admin@localhost`;
    await muster(line, { env: { ...env, MUSTER_PASSWORD: 'wrong' }, code: 7 });
    await muster(`${line} --password-stdin`, { env, stdin: `${password}\n` });
    await muster(`${line} --profile second`, { env: { ...env, MUSTER_PASSWORD: password } });
    expect((await stat(env.MUSTER_CONFIG)).mode & 0o777).toBe(0o600);
    const { out } = await muster('profile list -o json', { env });
    expect(JSON.parse(out)).toMatchObject([
      { name: 'default', url: world.url, current: true, signedIn: true },
      { name: 'second', current: false, signedIn: true },
    ]);
    expect(out).not.toContain('muster_');
    await muster('profile use second', { env });
    await muster('logout', { env });
    const refused = await muster('device list', { env, code: 7 });
    expect(refused.err).toBe(
      `error: there is no token for ${world.url}\n  try: muster login --url ${world.url}\n`,
    );
    await muster('profile remove second', { env });
    await muster('device list --profile default', { env });
  });

  it('show who is signed in', async () => {
    expect((await muster('whoami')).out).toContain('admin@localhost');
    expect(await json('whoami')).toMatchObject({ url: world.url, account: { id: 'DEFAULT' } });
  });

  it('make and show accounts', async () => {
    await muster('account create', { words: ['Depot North', '--id', 'NORTH', '--dry-run'] });
    await muster('account create', { words: ['Depot North', '--id', 'NORTH', '--approval-policy', 'one'] });
    await muster('account edit NORTH --name North');
    expect((await muster('account list')).out).toMatch(/NORTH +North +one/);
    expect(await json('account show NORTH')).toMatchObject({ name: 'North', approvalPolicy: 'one' });
    expect(await json('account show')).toMatchObject({ id: 'DEFAULT' });
    await muster('account edit NORTH --approval-policy some', { code: 6 });
  });

  it('bring people into the account and take them out', async () => {
    expect((await muster('user roles')).out).toContain('Campaign Operator');
    await muster('user create', { words: ['ada@example.com', '--role', 'Nobody'], code: 5 });
    await muster('user create', {
      words: ['ada@example.com', '--name', 'Ada', '--role', 'Viewer', '--password-stdin'],
      stdin: 'a long enough password',
    });
    await muster('user edit', { words: ['ada@example.com', '--role', 'Campaign Operator', '--disable'] });
    const [, ada] = await json('user list');
    expect(ada).toMatchObject({ email: 'ada@example.com', roles: ['Campaign Operator'], disabled: true });
    expect((await muster('user show ada@example.com')).out).toContain('Campaign Operator');
    await muster('user remove ada@example.com --dry-run');
    await muster('user remove ada@example.com');
    expect(await json('user list')).toHaveLength(1);
  });

  it('issue tokens whose secret alone goes to standard output', async () => {
    const { out } = await muster('token create', { words: ['ci', '--permission', 'View Device'] });
    expect(out).toMatch(/^muster_\S+\n$/);
    const env = { MUSTER_TOKEN: out.trim(), MUSTER_URL: world.url, MUSTER_CONFIG: '/nowhere/config.yaml' };
    await muster('device list', { env });
    const refused = await muster('campaign list', { env, code: 7 });
    expect(refused.err).toMatch(/View Campaign.*\(forbidden, request [0-9a-f-]+\)\n {2}try: muster whoami/);
    const [token] = await json('token list');
    await muster(`token revoke ${token.id} --dry-run`);
    await muster(`token revoke ${token.id}`);
    await muster('device list', { env, code: 7 });
  });

  it('import, list, count, show and delete devices', async () => {
    const csv = 'id,make,model,version.firmware\nd1,Acme,GW-2,1.0\nd2,Acme,GW-2,1.0\nd3,Acme,GW-3,1.0\n';
    expect((await muster('device import - --format csv --dry-run', { stdin: csv })).out).toMatch(
      /^would be: 3 created/,
    );
    expect((await muster('device count')).out).toBe('0\n');
    const file = join(world.directory, 'devices.csv');
    await writeFile(file, csv);
    await muster(`device import ${file}`);
    const bad = await muster('device import - --format ndjson', {
      stdin: '{"id":"d4"}\n{"id":7}\n',
      code: 5,
    });
    expect(bad.out).toMatch(/^1 created.*1 failed\n {2}row 2/s);
    const { out } = await muster('device list', { words: ['--where', 'model = "GW-2"'] });
    expect(out).toBe(
      'ID  NAME  MODEL      PROTOCOL  FIRMWARE  LAST SEEN\n' +
        'd1  -     Acme GW-2  ddi       1.0       -\n' +
        'd2  -     Acme GW-2  ddi       1.0       -\n',
    );
    expect(parse((await muster('device list -o yaml --limit 2')).out)).toMatchObject([
      { id: 'd1' },
      { id: 'd2' },
    ]);
    expect((await muster('device list --limit 2')).err).toBe(
      'note: the first 2; --limit all shows all of them\n',
    );
    expect(await json('device show d3')).toMatchObject({ model: 'GW-3' });
    expect((await muster('device explain d1')).out).toBe('d1 is in no campaign\n');
    await muster('device accept d4 --dry-run');
    await muster('device delete -', { stdin: '# gone\n\nd4\nd4\n' });
    expect((await muster('device count')).out).toBe('3\n');
    const missing = await muster('device show d4', { code: 5 });
    expect(missing.err).toContain('try: muster device list');
  });

  it('upload a package once, verify it, and go on with a download that broke off', async () => {
    const file = join(world.directory, 'fw.bin');
    const bytes = Buffer.alloc(300_000, 'firmware ');
    await writeFile(file, bytes);
    const line = `package upload ${file} --name fw --version 2.0 --model GW-2 --label stage=test`;
    expect((await muster(`${line} --dry-run`)).out).toContain('would upload 300.0 kB');
    const drawn = await muster(`${line} -o json`, { terminal: true });
    expect(drawn.err).toMatch(/uploading █+ +100 %/);
    const made = JSON.parse(drawn.out);
    expect(made).toMatchObject({ name: 'fw', version: '2.0', size: 300_000, labels: { stage: 'test' } });
    const again = await muster(`${line} -o json`);
    expect(again.err).toContain('nothing was sent');
    expect(JSON.parse(again.out).id).toBe(made.id);
    expect((await muster('package list --text fw')).out).toContain('300.0 kB');
    expect((await muster('package show fw@2.0')).out).toContain(made.sha256);
    await muster(`package verify fw ${file}`);
    const copy = join(world.directory, 'copy.bin');
    await writeFile(`${copy}.part`, bytes.subarray(0, 100_000));
    expect((await muster(`package download fw ${copy}`)).err).toContain('going on at 100.0 kB');
    expect((await readFile(copy)).equals(bytes)).toBe(true);
    await writeFile(`${copy}.part`, 'something else');
    await muster(`package download fw ${copy}`, { code: 1 });
    await muster(`package download fw ${copy}`);
    await writeFile(copy, 'other');
    expect((await muster(`package verify fw ${copy}`, { code: 8 })).out).toMatch(/^same +no/);
    await writeFile(copy, 'spare');
    await muster(`package upload ${copy} --name spare --version 1`);
    await muster('package delete spare --dry-run');
    await muster('package delete spare');
  });

  it('save, preview, change and delete queries', async () => {
    expect((await muster('query preview', { words: ['model = "GW-2"'] })).out).toContain('2 devices');
    const wrong = await muster('query preview', { words: ['model ='], code: 5 });
    expect(wrong.err).toMatch(/At character 8.*query\/syntax/);
    await muster('query save', { words: ['gateways', 'model = "GW-2"'] });
    expect((await muster('query save', { words: ['all', '*', '--dry-run'] })).out).toContain('3 devices');
    await muster('query edit', { words: ['gateways', '--expression', 'model in ("GW-2", "GW-3")'] });
    expect(await json('query list')).toMatchObject([{ name: 'gateways' }]);
    expect(await json('device list --query gateways')).toHaveLength(3);
    expect((await muster('query show gateways')).out).toContain('GW-3');
    await muster('query delete gateways');
    await muster('query show gateways', { code: 5 });
  });

  it('take a campaign through its life', async () => {
    await muster('campaign create', { words: ['spring', '--package', 'fw@2.0', '--description', 'by hand'] });
    await muster('campaign add-devices spring d1 -', { stdin: 'd2\n' });
    const ids = join(world.directory, 'ids.txt');
    await writeFile(ids, 'd3\n');
    await muster(`campaign add-devices spring @${ids}`);
    expect((await muster('campaign devices spring --ids')).out).toBe('d1\nd2\nd3\n');
    expect((await muster('campaign excluded spring')).out).toMatch(/d3 +wrong-model/);
    await muster('campaign remove-devices spring d3');
    await muster('campaign add-devices spring --wait', { words: ['--where', 'id = "d3"'] });
    await muster('campaign remove-devices spring d3 --dry-run');
    expect((await muster('campaign forecast spring')).out).toContain('excluded');
    expect((await muster('campaign start spring --dry-run')).out).toContain('2 open devices may go on');
    await muster('campaign schedule spring --at 2999-01-01T00:00:00Z');
    await muster('campaign start spring');
    await world.client.checkIn({ params: { device: 'd1' } });
    expect((await muster('campaign status spring')).out).toMatch(/open +2: pending 1, download-running 1/);
    expect((await muster('device explain d2')).out).toMatch(/blocked by +\S/);
    expect(await json('device explain d2 --campaign spring')).toMatchObject([{ device: 'd2' }]);
    expect((await muster('campaign pause spring')).err).toContain(
      '1 device not told to begin yet will wait; 1 in progress',
    );
    const wrong = await muster('campaign schedule spring --at 2999-01-01T00:00:00Z --dry-run', { code: 5 });
    expect(wrong.err).toContain('you may not schedule it now');
    await muster('campaign resume spring');
    await muster('campaign stop spring');
    await muster('campaign start spring --yes');
    const id = (await json('campaign show spring')).id;
    const failed = { failure: 'no-space', message: 'disk is full' } as const;
    await world.client.reportUpdate({ params: { campaign: id, device: 'd1' }, body: failed });
    expect((await muster('campaign retry spring --dry-run')).out).toContain('begin again');
    await muster('campaign retry spring --wait');
    expect((await muster('campaign list --status running')).out).toContain('spring');
    await muster('campaign end spring');
    await muster('campaign delete spring --dry-run');
    await muster('campaign delete spring');
    await muster('campaign create other');
    await muster('campaign cancel other');
    await muster('campaign next-wave other', { code: 5 });
  });

  it('approve and reject', async () => {
    const north = { env: { MUSTER_ACCOUNT: 'NORTH' } };
    await muster('campaign create one', north);
    await muster('campaign create two', north);
    await muster('campaign approve one', north);
    await muster('campaign reject two --comment no', north);
    const { out } = await muster('campaign list -o json', north);
    expect(JSON.parse(out)).toMatchObject([{ status: 'rejected', because: 'no' }, { status: 'approved' }]);
  });

  it('push events to a URL and show what became of them', async () => {
    await muster('webhook create http://127.0.0.1:9/hook --dry-run');
    const made = await json('webhook create http://127.0.0.1:9/hook --event campaign-started');
    expect(made).toMatchObject({ name: '127.0.0.1:9', secret: expect.stringMatching(/^whsec_/) });
    expect((await muster(`webhook show ${made.id}`)).out).not.toContain('whsec_');
    expect((await muster('webhook list')).out).toContain('http://127.0.0.1:9/hook');
    await muster(`webhook disable ${made.id} --because quiet`);
    await muster(`webhook enable ${made.id}`);
    await muster('webhook deliveries --status dead');
    const span = '--from 2026-01-01T00:00:00Z --to 2026-01-02T00:00:00Z';
    expect((await muster(`webhook replay ${made.id} ${span}`)).out).toBe('0 deliveries will be sent again\n');
    expect((await muster(`webhook test ${made.id}`, { code: 1 })).out).toMatch(/^delivered +no/);
    await muster(`webhook delete ${made.id}`);
  });

  it('show, export and verify the audit', async () => {
    expect((await muster('audit list --action campaign-started')).out).toMatch(/campaign-started +campaign /);
    const { out } = await muster('audit export --format csv');
    expect(out.split('\n').length).toBeGreaterThan(20);
    expect(await json('audit verify')).toMatchObject({ intact: true });
    const hash = '0'.repeat(64);
    expect((await muster(`audit verify --n 1 --hash ${hash}`, { code: 8 })).out).toMatch(/^intact +NO/);
  });

  it('print scripts that complete', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      expect((await muster(`completion ${shell}`)).out).toContain('campaign');
    }
    await muster('completion csh', { code: 6 });
  });

  it('handle documents', async () => {
    const file = join(world.directory, 'c.yaml');
    await writeFile(file, 'apiVersion: muster/v1\nkind: Campaign\nname: doc\nspec: {}\n');
    await muster(`campaign validate ${file}`);
    expect(JSON.parse((await muster('campaign schema')).out)).toMatchObject({ type: 'object' });
    await muster(`campaign plan ${file}`);
    await muster(`campaign apply ${file}`);
    expect(parse((await muster('campaign export doc')).out)).toMatchObject({ name: 'doc' });
    await muster('campaign cancel doc');
    await muster('campaign watch doc', { code: 3 });
  });

  it('were each run at least once, but for those that other files test', () => {
    const elsewhere = /^(serve|backup|restore|migrate|doctor|simulate|demo|package move)\b/;
    expect(commandNames.filter((name) => !seen.has(name) && !elsewhere.test(name))).toEqual([]);
  });
});
