import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliWorld, runCli, startCliWorld } from '../support/cli.ts';

let world: CliWorld;

beforeAll(async () => {
  world = await startCliWorld();
});
afterAll(() => world.stop());

/** A way to the server on which the first connection that carries more than so many bytes breaks off. */
const startBreakingProxy = async (most: number) => {
  const { hostname, port } = new URL(world.url);
  const sockets = new Set<Socket>();
  let broken = false;
  const proxy = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let sent = 0;
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    client.on('data', (chunk) => {
      sent += chunk.length;
      if (broken || sent < most) return;
      broken = true;
      client.destroy();
    });
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
};

const line = (file: string) => ['package', 'upload', file, '--version', '1'];

describe('a command line', () => {
  it('says what is wrong and what to try', async () => {
    const unknown = await runCli(['device', 'lst']);
    expect(unknown).toMatchObject({ code: 6, out: '' });
    expect(unknown.err).toContain('Did you mean list?');
    const nowhere = await runCli(['device', 'list'], { env: { HOME: world.directory } });
    expect(nowhere).toMatchObject({ code: 7, err: expect.stringContaining('try: muster login --url') });
    const format = await world.muster(['device', 'list', '-o', 'xml']);
    expect(format).toMatchObject({ code: 6, err: expect.stringContaining('-o table | -o json | -o yaml') });
  });

  it('tells of a server that does not answer', async () => {
    const env = { MUSTER_URL: 'http://127.0.0.1:9', MUSTER_TOKEN: 'x' };
    const ran = await world.muster(['device', 'list'], { env });
    expect(ran).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no answer from the server.*\n {2}try: /),
    });
  });

  it('tells of a file that is not there, or is none', async () => {
    const missing = await world.muster(['campaign', 'plan', 'nowhere.yaml']);
    expect(missing).toMatchObject({
      code: 1,
      err: 'error: nowhere.yaml: there is no such file or directory\n',
    });
    const directory = await world.muster(['device', 'import', world.directory, '--format', 'csv']);
    expect(directory).toMatchObject({ code: 1, err: expect.stringContaining('directory') });
  });

  it('does not show the token of one server to another', async () => {
    const ran = await world.muster(['device', 'list', '--url', 'http://127.0.0.1:9']);
    expect(ran).toMatchObject({ code: 7, err: expect.stringContaining('no token for http://127.0.0.1:9') });
  });

  it('takes no token as an argument', async () => {
    expect(await world.muster(['device', 'list', '--token', 'x'])).toMatchObject({ code: 6 });
  });

  it('goes on with an upload where its connection broke off', async () => {
    const file = join(world.directory, 'large.bin');
    await writeFile(file, Buffer.alloc(4_000_000, 7));
    const proxy = await startBreakingProxy(1_000_000);
    const env = { MUSTER_URL: proxy.url, MUSTER_TOKEN: world.token };
    const ran = await world.muster([...line(file), '--name', 'large'], { env });
    proxy.stop();
    expect(ran).toMatchObject({
      code: 0,
      err: expect.stringMatching(/broke off; try 2 of 5 in 1 s\ngoing on at \d/),
    });
    expect((await world.client.listPackages({ query: { text: 'large' } })).items).toHaveLength(1);
  });

  it('goes on with an upload that an earlier command gave up', async () => {
    const file = join(world.directory, 'later.bin');
    await writeFile(file, Buffer.alloc(4_000_000, 8));
    const proxy = await startBreakingProxy(1_000_000);
    const env = { MUSTER_URL: proxy.url, MUSTER_TOKEN: world.token };
    expect(await world.muster([...line(file), '--tries', '1'], { env })).toMatchObject({ code: 1 });
    const ran = await world.muster(line(file), { env });
    proxy.stop();
    expect(ran).toMatchObject({ code: 0, err: expect.stringMatching(/going on at \d+\.\d [kM]B\n$/) });
    expect(await world.muster(['package', 'verify', 'later.bin', file])).toMatchObject({ code: 0 });
  });

  it('gives an upload up after as many tries as it may', async () => {
    const file = join(world.directory, 'small.bin');
    await writeFile(file, 'small');
    const env = { MUSTER_URL: 'http://127.0.0.1:9', MUSTER_TOKEN: 'x' };
    const ran = await world.muster(['package', 'upload', file, '--version', '1', '--tries', '1'], { env });
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('no answer from the server') });
  });
});
