import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../client/muster.ts';
import { newValue } from '../data/store.ts';
import { FIRST_PIECE, nextPiece, waitAfter } from './pieces.ts';
import { flawsOf, formOf, saidBy } from './said.ts';
import { newUploader, type UploadClient, type UploadTask } from './uploader.ts';

const MIB = 1024 * 1024;

const problem = (status: number, code: string, at?: string): ProblemError =>
  new ProblemError({
    ...{ type: '', title: code, status, detail: code, code, requestId: '' },
    ...(at !== undefined && { errors: [{ at, expected: '', got: '' }] }),
  });

/** A server that takes bytes; `before` may throw in the name of the network. */
const fakeServer = (before: (call: string, offset: number) => void = () => undefined) => {
  const uploads = new Map<string, { size: number; parts: Uint8Array[]; offset: number }>();
  const calls: string[] = [];
  let names = 0;
  const shown = (id: string) => {
    const found = uploads.get(id);
    if (found === undefined) throw problem(404, 'not-found');
    return { id, size: found.size, offset: found.offset, expiresAt: '' };
  };
  const note = (call: string, offset = 0): void => {
    calls.push(call);
    before(call, offset);
  };
  const client = {
    beginUpload: async ({ body }: { body: { size: number } }) => {
      note('begin');
      names += 1;
      uploads.set(`u${names}`, { size: body.size, parts: [], offset: 0 });
      return shown(`u${names}`);
    },
    getUpload: async ({ params }: { params: { upload: string } }) => {
      note('get');
      return shown(params.upload);
    },
    appendUpload: async ({ params, query, bytes, signal }: never) => {
      const { upload } = params as { upload: string };
      const { offset } = query as { offset: number };
      note('append', offset);
      (signal as AbortSignal).throwIfAborted();
      shown(upload);
      const found = uploads.get(upload);
      if (found === undefined || offset !== found.offset) throw problem(422, 'invalid', '/offset');
      const piece = new Uint8Array(await (bytes as { data: Blob }).data.arrayBuffer());
      found.parts.push(piece);
      found.offset += piece.length;
      return shown(upload);
    },
    finishUpload: async ({
      params,
      body,
    }: {
      params: { upload: string };
      body: { version?: string; sha256?: string };
    }) => {
      note('finish');
      shown(params.upload);
      if (body.version === 'taken') throw problem(409, 'already-exists');
      const sha256 = createHash('sha256')
        .update(Buffer.concat(uploads.get(params.upload)?.parts ?? []))
        .digest('hex');
      if (body.sha256 !== sha256) throw problem(422, 'invalid', '/sha256');
      return { id: `package of ${params.upload}` };
    },
    dropUpload: async ({ params }: { params: { upload: string } }) => {
      note('drop');
      uploads.delete(params.upload);
    },
  } as unknown as UploadClient;
  return { client, calls, uploads };
};

const bytes = randomBytes(3 * MIB + 5);
const fileOf = (data: Uint8Array<ArrayBuffer>) => Object.assign(new Blob([data]), { name: 'a-1.0.bin' });

const setUp = (server: ReturnType<typeof fakeServer>) => {
  const tasks = newValue<readonly UploadTask[]>([]);
  const uploader = newUploader({ tasks, rest: async () => undefined, newId: () => 't' });
  const until = (done: (task: UploadTask) => boolean): Promise<UploadTask> =>
    new Promise((resolve) => {
      const look = (): void => {
        const [task] = tasks.get();
        if (task !== undefined && done(task)) resolve(task);
      };
      tasks.listen(look);
      look();
    });
  const start = (version = '1') =>
    uploader.start(server.client, 'a', fileOf(bytes), { name: 'a', version, fileName: 'a-1.0.bin' });
  return { tasks, uploader, until, start };
};

const is = (status: UploadTask['status']) => (task: UploadTask) => task.status === status;

describe('an upload', () => {
  it('goes up in pieces and becomes a package whose digest was made here', async () => {
    const server = fakeServer();
    const { start, until } = setUp(server);
    start();
    const task = await until(is('done'));
    expect(task).toMatchObject({ sent: bytes.length, hashed: bytes.length, made: 'package of u1' });
    expect(task.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(server.calls.filter((call) => call === 'append').length).toBeGreaterThan(1);
  });

  it('stops when it is paused, and goes on where the server is', async () => {
    const server = fakeServer();
    const { start, until, uploader } = setUp(server);
    start();
    await until(({ sent }) => sent >= MIB);
    uploader.pause('t');
    expect((await until(is('paused'))).sent).toBeLessThan(bytes.length);
    uploader.resume('t');
    await until(is('done'));
    expect(server.calls.filter((call) => call === 'begin')).toHaveLength(1);
    expect(Buffer.concat(server.uploads.get('u1')?.parts ?? []).equals(bytes)).toBe(true);
  });

  it('goes on by itself when the network was away', async () => {
    let failures = 3;
    const server = fakeServer((call, offset) => {
      if (call !== 'append' || offset < MIB || failures === 0) return;
      failures -= 1;
      throw new TypeError('fetch failed');
    });
    const { start, until, tasks } = setUp(server);
    const seen = new Set<string>();
    tasks.listen(() => seen.add(tasks.get()[0]?.status ?? ''));
    start();
    await until(is('done'));
    expect([...seen]).toContain('interrupted');
  });

  it('begins anew where the server has forgotten it', async () => {
    const server = fakeServer((call, offset) => {
      if (call === 'append' && offset >= MIB && server.uploads.has('u1')) server.uploads.delete('u1');
    });
    const { start, until } = setUp(server);
    start();
    expect((await until(is('done'))).made).toBe('package of u2');
  });

  it('keeps its bytes when it is refused, for other words', async () => {
    const server = fakeServer();
    const { start, until, uploader } = setUp(server);
    start('taken');
    expect((await until(is('refused'))).problem).toMatch(/already/);
    uploader.amend('t', { name: 'a', version: '2' });
    await until(is('done'));
    expect(server.calls.filter((call) => call === 'begin')).toHaveLength(1);
  });

  it('is left when there is no space', async () => {
    const server = fakeServer((call) => {
      if (call === 'append') throw problem(507, 'storage-full');
    });
    const { start, until } = setUp(server);
    start();
    expect((await until(is('failed'))).problem).toBe('storage-full');
  });

  it('is given up on the server too', async () => {
    const server = fakeServer();
    const { start, until, uploader, tasks } = setUp(server);
    start();
    await until(({ sent }) => sent >= MIB);
    uploader.drop('t');
    expect(tasks.get()).toEqual([]);
    await expect.poll(() => server.uploads.size).toBe(0);
  });
});

describe('pieces', () => {
  it('take about a second each', () => {
    expect(nextPiece(FIRST_PIECE, 100)).toBe(2 * MIB);
    expect(nextPiece(FIRST_PIECE, 800)).toBe(MIB);
    expect(nextPiece(FIRST_PIECE, 60_000)).toBe(MIB / 2);
    expect(nextPiece(16 * MIB, 1)).toBe(16 * MIB);
    expect(nextPiece(256 * 1024, 60_000)).toBe(256 * 1024);
  });

  it('wait longer after each failure', () => {
    expect([1, 2, 3, 9].map(waitAfter)).toEqual([1_000, 2_000, 4_000, 15_000]);
  });
});

describe('what is said of a file', () => {
  it.each([
    ['gateway-os-2.1.0.bin', 'gateway-os', '2.1.0'],
    ['modem_v1.4.tar.gz', 'modem', '1.4'],
    ['boot 3.0.1-rc2.img', 'boot', '3.0.1-rc2'],
    ['firmware.bin', 'firmware', ''],
    ['1.2.3.bin', '1.2.3', '1.2.3'],
    ['tool.iotcp', '', ''],
  ])('is guessed from its name: %s', (fileName, name, version) => {
    expect(formOf(fileName)).toMatchObject({ name, version });
  });

  it('has to be there, but for archives that say it themselves', () => {
    const form = { ...formOf('firmware.bin'), labels: 'a=1\nb' };
    expect(flawsOf(form, 'firmware.bin')).toEqual({
      version: 'Needed.',
      labels: 'Write name=value; got “b”.',
    });
    expect(flawsOf({ ...form, version: '1', labels: 'a=1\na=2' }, 'f')).toEqual({
      labels: '“a” is there twice.',
    });
    expect(flawsOf(formOf('tool.iotcp'), 'tool.iotcp')).toEqual({});
  });

  it('leaves out what is empty', () => {
    const form = { ...formOf('gw-1.0.bin'), model: ' GW-2 ', labels: 'branch=main\n\nby=ci=1' };
    expect(saidBy(form, 'gw-1.0.bin')).toEqual({
      ...{ name: 'gw', version: '1.0', kind: 'firmware', model: 'GW-2', fileName: 'gw-1.0.bin' },
      labels: { branch: 'main', by: 'ci=1' },
    });
  });
});
