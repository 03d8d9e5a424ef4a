import { createHash, randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CliWorld, type Ran, startCliWorld } from '../support/cli.ts';
import { createTestDatabase } from '../support/postgres.ts';

const postgres = inject('postgresUrl');

let world: CliWorld;
let saved: string;
const content = randomBytes(20_000);
const sha256 = createHash('sha256').update(content).digest('hex');

beforeAll(async () => {
  world = await startCliWorld();
  const file = at('firmware.bin');
  await writeFile(file, content);
  await muster(['package', 'upload', file, '--name', 'engine', '--version', '1.0']);
  saved = at('saved.tar');
  await muster(['backup', saved]);
});
afterAll(() => world.stop());

const at = (name: string): string => join(world.directory, name);
const packageFile = (data: string): string => join(at(data), 'packages', sha256.slice(0, 2), sha256);

/** Runs a line that is expected to end with a code. */
const muster = async (args: readonly string[], code = 0, env = {}): Promise<Ran> => {
  const ran = await world.muster(args, { env });
  expect({ args, ...ran }).toMatchObject({ code });
  return ran;
};
const json = async (args: readonly string[], code = 0, env = {}) =>
  JSON.parse((await muster([...args, '-o', 'json'], code, env)).out);

const keyFile = (): string => join(at('data'), 'secrets.key');
/** A data directory that the saved backup was restored into. */
const restored = async (name: string): Promise<string> => {
  await muster(['restore', saved, '--data', at(name), '--key-file', keyFile()]);
  return at(name);
};

describe('backup', () => {
  it('saves a file for its owner alone, tells its SHA-256, and says that the key is not in it', async () => {
    const file = at('one.tar');
    const { out, err } = await muster(['backup', file]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(err).toContain(
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    );
    expect(err).toContain('the key is not in it');
    expect(out).toMatch(/packages +1 \(20\.0 kB\)/);
    expect(await json(['restore', '--verify', file])).toMatchObject({
      withKey: false,
      rows: { packages: 1 },
    });
  });

  it('takes the key along when it is told to, and the audit tells of both', async () => {
    const { err } = await muster(['backup', at('key.tar'), '--with-key', '--no-verify']);
    expect(err).not.toContain('the key is not in it');
    await muster(['restore', at('key.tar'), '--data', at('with-key')]);
    expect(await readFile(join(at('with-key'), 'secrets.key'), 'utf8')).toBe(
      await readFile(keyFile(), 'utf8'),
    );
    const { items } = await world.client.listAudit({ query: { action: 'backup-made' } });
    expect(items.map(({ data }) => data).slice(0, 2)).toContainEqual({ withKey: true });
    expect(items.map(({ data }) => data)).toContainEqual({ withKey: false });
  });

  it('leaves nothing behind when the connection breaks off', async () => {
    const half = createServer((_, reply) => {
      reply.writeHead(200, { 'content-type': 'application/x-tar' });
      reply.write(Buffer.alloc(5_000), () => reply.destroy());
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => half.once('listening', resolve));
    const { port } = half.address() as AddressInfo;
    const env = { MUSTER_URL: `http://127.0.0.1:${port}`, MUSTER_TOKEN: 'x' };
    await muster(['backup', at('half.tar')], 1, env);
    half.close();
    expect((await readdir(world.directory)).filter((name) => name.startsWith('half'))).toEqual([]);
  });

  it('is for administrators of the server alone', async () => {
    const { token } = await world.client.createToken({
      body: { name: 'narrow', permissions: ['View Device'] },
    });
    const { err } = await muster(['backup', at('no.tar')], 7, { MUSTER_TOKEN: token });
    expect(err).toContain('Administer Server');
  });
});

describe('restore', () => {
  it('refuses a file that is cut short, and a target that is in use', async () => {
    await copyFile(saved, at('cut.tar'));
    await truncate(at('cut.tar'), 9_000);
    const { err } = await muster(
      ['restore', at('cut.tar'), '--data', at('none'), '--key-file', keyFile()],
      5,
    );
    expect(err).toContain('cut short');
    await muster(['restore', '--verify', at('cut.tar')], 5);
    expect((await muster(['restore', saved, '--data', at('data')], 5)).err).toContain('is not empty');
    expect((await muster(['restore', at('absent.tar'), '--data', at('none')], 5)).err).toContain('no file');
    expect((await muster(['restore', saved, '--data', at('none')], 5)).err).toContain('without its key');
  });

  it('goes without the key where nobody has it, if that is said', async () => {
    await muster(['restore', saved, '--data', at('keyless'), '--without-key']);
    await expect(readFile(join(at('keyless'), 'secrets.key'))).rejects.toThrow();
  });

  it.skipIf(postgres === undefined)('moves a server to PostgreSQL', async () => {
    const database = await createTestDatabase(postgres ?? '');
    const target = ['--data', at('moved'), '--database-url', database.url];
    await muster(['restore', saved, '--key-file', keyFile(), ...target]);
    const findings = await json(['doctor', '--deep', ...target]);
    expect(findings.filter(({ level }: { level: string }) => level !== 'ok')).toEqual([]);
    expect(JSON.stringify(findings)).toMatch(/PostgreSQL \d+/);
    await database.drop();
  });
});

describe('migrate', () => {
  it('tells what is to be done, does it, and finds it done', async () => {
    const target = ['--data', at('fresh')];
    expect(await json(['migrate', '--check', ...target], 8)).toMatchObject({ applied: [] });
    await expect(stat(at('fresh'))).rejects.toThrow();
    await muster(['migrate', ...target]);
    expect(await json(['migrate', '--check', ...target])).toMatchObject({ pending: [] });
    expect((await muster(['migrate', ...target])).out).toMatch(/done now +none/);
  });

  it('refuses settings that cannot be used', async () => {
    const { err } = await muster(['migrate', '--data', at('fresh')], 5, { MUSTER_PORT: 'eighty' });
    expect(err).toContain('MUSTER_PORT');
  });
});

describe('doctor', () => {
  type Finding = {
    readonly check: string;
    readonly level: string;
    readonly found: string;
    readonly todo: string;
  };
  const wrong = async (data: string, code: number, more: readonly string[] = [], env = {}) => {
    const findings: readonly Finding[] = await json(['doctor', '--data', data, ...more], code, env);
    return findings
      .filter(({ level }) => level !== 'ok')
      .map(({ check, level, found }) => ({ check, level, found }));
  };

  it('finds nothing wrong with a server that runs', async () => {
    const { out } = await muster(['doctor', '--data', at('data'), '--deep'], 0, {
      MUSTER_PUBLIC_URL: world.url,
    });
    expect(out).not.toMatch(/FAIL|WARN/);
    for (const check of ['schema', 'audit', 'packages', 'public URL', 'durability', 'clock', 'secrets key'])
      expect(out).toContain(check);
  });

  it('finds packages that are lost, cut or, when it looks deep, altered', async () => {
    const data = await restored('rotten');
    const file = packageFile('rotten');
    await writeFile(file, randomBytes(content.length));
    expect(await wrong(data, 0)).toEqual([]);
    expect(await wrong(data, 8, ['--deep'])).toMatchObject([
      { check: 'packages', found: `${file} was altered` },
    ]);
    await truncate(file, 7);
    expect(await wrong(data, 8)).toMatchObject([{ found: `${file} has 7 bytes instead of 20000` }]);
    await rm(file);
    expect(await wrong(data, 8)).toMatchObject([{ found: `${file} is missing` }]);
  });

  it('finds an audit chain that somebody wrote to, and one from the future', async () => {
    const data = await restored('forged');
    const database = new DatabaseSync(join(data, 'muster.db'));
    database.exec("update audit set actor = 'somebody' where n = 3");
    database.close();
    const found = await wrong(data, 8);
    expect(found).toMatchObject([{ check: 'audit', found: expect.stringContaining('broken at entry 3') }]);
    const again = new DatabaseSync(join(data, 'muster.db'));
    again.exec('update audit set at = at + 1e10 where n = (select max(n) from audit)');
    again.close();
    expect(await wrong(data, 8)).toMatchObject([
      { check: 'clock', found: expect.stringContaining('in the future') },
      { check: 'audit' },
    ]);
  });

  it('finds what others may read, a key that is none, and a restore that was not finished', async () => {
    const data = await restored('open');
    await chmod(data, 0o755);
    await chmod(join(data, 'secrets.key'), 0o644);
    expect(await wrong(data, 8)).toMatchObject([
      { check: 'data directory', level: 'warning' },
      { check: 'secrets key', level: 'problem' },
      { check: 'database', level: 'warning' },
    ]);
    await chmod(data, 0o700);
    await writeFile(join(data, 'secrets.key'), 'nonsense', { mode: 0o600 });
    await chmod(join(data, 'secrets.key'), 0o600);
    expect(await wrong(data, 8)).toMatchObject([{ found: expect.stringContaining('holds no key') }, {}]);
    await mkdir(at('killed'), { mode: 0o700 });
    await writeFile(join(at('killed'), 'restore.unfinished'), '');
    expect(await wrong(at('killed'), 8)).toMatchObject([{ check: 'restore', level: 'problem' }, {}]);
  });

  it('tells settings that cannot be used, and a database that cannot be reached', async () => {
    expect(await wrong(at('data'), 8, [], { MUSTER_PORT: 'eighty' })).toMatchObject([
      { check: 'settings', found: expect.stringContaining('MUSTER_PORT') },
    ]);
    const nowhere = ['--database-url', 'postgres://muster:secret@127.0.0.1:1/muster'];
    const [found] = await wrong(at('data'), 8, nowhere);
    expect(found).toMatchObject({ check: 'database', found: expect.stringContaining('cannot be reached') });
    expect(found?.found).not.toContain('secret');
  });

  it('warns of a public URL that is not encrypted, or does not answer', async () => {
    const env = { MUSTER_PUBLIC_URL: 'http://muster.invalid' };
    expect(await wrong(at('data'), 0, [], env)).toMatchObject([
      { check: 'public URL', found: expect.stringContaining('not encrypted') },
      { check: 'public URL', found: expect.stringContaining('does not answer') },
    ]);
  });
});
