import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliWorld, cliLauncher, cliMain, finished, password, startCliWorld } from '../support/cli.ts';

let world: CliWorld;
const run = promisify(execFile);

beforeAll(async () => {
  world = await startCliWorld();
  const csv = `id\n${Array.from({ length: 3_000 }, (_, n) => `device-${n}`).join('\n')}\n`;
  await world.muster(['device', 'import', '-', '--format', 'csv'], { stdin: csv });
});
afterAll(() => world.stop());

/** A line of a shell, with the command line as `muster`. */
const shell = (line: string): Promise<{ readonly stdout: string; readonly stderr: string }> =>
  run('bash', ['-c', `set -o pipefail; muster() { '${process.execPath}' '${cliMain}' "$@"; }; ${line}`], {
    env: { ...world.env },
  });

describe('the command line as a process', () => {
  it('reads ids from a pipe that another one writes', async () => {
    const ids = `muster device list -o json --limit 5 | '${process.execPath}' -e 'process.stdin.toArray().then((all) => JSON.parse(Buffer.concat(all)).forEach((one) => console.log(one.id)))'`;
    const { stdout } = await shell(
      `muster campaign create piped -o json > /dev/null && ${ids} | muster campaign add-devices piped -`,
    );
    expect(stdout).toBe('5 devices added\n');
  });

  it('ends without a word when nobody reads on', async () => {
    const { stdout, stderr } = await shell('muster device list --limit all 2>&1 | head -n 2; true');
    expect(stdout.split('\n')[1]).toMatch(/^device-\d+/);
    expect(stderr).toBe('');
  });

  it('ends with 130 on Ctrl-C', async () => {
    const child = world.start(['campaign', 'watch', 'piped']);
    const done = finished(child);
    await once(child.stdout ?? child, 'data');
    child.kill('SIGINT');
    expect(await done).toMatchObject({ code: 130 });
  });

  it('does not read a configuration that others can read', async () => {
    const path = world.env['MUSTER_CONFIG'] ?? '';
    await chmod(path, 0o644);
    const ran = await finished(world.start(['device', 'list', '--limit', '1']));
    await chmod(path, 0o600);
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining(`try: chmod 600 ${path}`) });
  });

  it('asks for no password where there is no terminal', async () => {
    const child = world.start(['login', '--email', 'ada@example.com', '--url', world.url]);
    expect(await finished(child, '')).toMatchObject({
      code: 6,
      err: expect.stringContaining('--password-stdin'),
    });
  });

  it('completes commands, options and files in bash', async () => {
    const script = join(world.directory, 'completion.bash');
    await writeFile(script, (await world.muster(['completion', 'bash'])).out);
    const complete = async (...words: string[]): Promise<string[]> => {
      const list = words.map((word) => `'${word}'`).join(' ');
      const line = `source '${script}'; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _muster; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await run('bash', ['-c', line], { cwd: world.directory });
      return stdout.trimEnd().split('\n');
    };
    expect(await complete('muster', 'camp')).toEqual(['campaign']);
    expect(await complete('muster', 'campaign', 'pa')).toEqual(['pause']);
    expect(await complete('muster', 'campaign', 'watch', '--t')).toEqual(['--timeout']);
    expect(await complete('muster', 'device', 'list', '--ou')).toEqual(['--output']);
    expect(await complete('muster', 'campaign', 'apply', 'completion.b')).toEqual(['completion.bash']);
  });

  it('starts a server with its own settings alone, and stops it with itself', async () => {
    const child = world.start(['serve', '--data', join(world.directory, 'served'), '--port', '0'], {
      ...{ MUSTER_TOKEN: 'of the command line', MUSTER_ADMIN_PASSWORD: password },
    });
    let output = '';
    const done = once(child, 'close');
    const ready = Promise.withResolvers<string>();
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk;
      const url = /"url":"([^"]+)","msg":"ready"/.exec(output)?.[1];
      if (url !== undefined) ready.resolve(url);
    });
    const url = await Promise.race([ready.promise, done.then(() => Promise.reject(new Error(output)))]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect((await done)[0]).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});

describe('the launcher', () => {
  const older = '/usr/bin/node';
  const versionOf = async (node: string): Promise<number> => {
    const { stdout } = await run(node, ['-p', 'parseInt(process.versions.node)']);
    return Number(stdout);
  };

  it('runs on the Node that it is started with, by a link too', async () => {
    const link = join(world.directory, 'muster');
    await symlink(cliLauncher, link);
    const { stdout } = await run(process.execPath, [link, '-V'], { env: {} });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('goes over to the Node that comes along when it is started with an older one', async ({ skip }) => {
    await access(older).catch(() => skip());
    if ((await versionOf(older)) >= 26) skip();
    const child = spawn(older, [cliLauncher, 'device', 'lst'], { env: {} });
    expect(await finished(child)).toMatchObject({
      code: 6,
      err: expect.stringContaining('Did you mean list?'),
    });
  });
});
