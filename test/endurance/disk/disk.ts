import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient } from '../../../src/client/muster.ts';
import { findStrace, NO_STRACE } from '../../support/strace.ts';
import { consult } from '../doctor.ts';
import { at } from '../kill/load.ts';
import { openWire, type Wire } from '../kill/wire.ts';
import { type Life, startLife } from '../life.ts';
import { wholeNumber } from '../options.ts';
import { admin, newPlace, type Place } from '../place.ts';
import type { Finding, Scenario } from '../scenario.ts';

/** An error of a system call: at the `when`th, at `3+` at the third and all that follow. */
export type DiskFault = { readonly call: string; readonly error: 'EIO' | 'ENOSPC'; readonly when: string };

/** What came of faults of one kind: at so many calls, and what should not have been. */
export type DiskReport = {
  readonly faults: number;
  readonly refused: number;
  readonly flaws: readonly string[];
};

/** Something that was acknowledged, and whether it is there. */
type Kept = { readonly what: string; readonly isThere: () => Promise<boolean> };

type Stage = {
  readonly place: Place;
  readonly life: Life;
  readonly wire: Wire;
  readonly kept: Kept[];
  readonly flaws: string[];
  refused: number;
};

const api = '/api/v1';
const PAUSE = 20;
const PATIENCE = 30_000;

/** Looks until it is so; nothing tells of it. */
const until = async (isSo: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(PAUSE)) {
    if (await isSo()) return;
  }
  throw new Error(`${what} did not come`);
};

const isTraced = async (pid: number): Promise<boolean> => {
  const threads = await readFile(`/proc/${pid}/status`, 'utf8');
  return !/^TracerPid:\s+0$/m.test(threads);
};

/** Does the work while calls of a running server fail; answers how many of them did. */
const withFault = async (
  { place, life }: Stage,
  { call, error, when }: DiskFault,
  work: () => Promise<void>,
): Promise<number> => {
  const strace = findStrace();
  if (strace === undefined) throw new Error(NO_STRACE);
  const log = join(place.directory, 'faults');
  const inject = `inject=${call}:error=${error}:when=${when}`;
  const words = ['-f', '-qq', '-s', '0', '-e', `trace=${call}`, '-e', 'signal=none', '-e', inject, '-o', log];
  const tracer: ChildProcess = spawn(strace, [...words, '-p', `${life.pid}`], { stdio: 'ignore' });
  const gone = once(tracer, 'exit');
  try {
    await until(() => isTraced(life.pid), 'the tracer');
    await work();
  } finally {
    tracer.kill('SIGINT');
    await gone;
  }
  const injected = (await readFile(log, 'utf8')).match(/\(INJECTED\)/g)?.length ?? 0;
  await rm(log);
  return injected;
};

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Notes what was acknowledged; everything else has to be a refusal that blames the server. */
const note = (stage: Stage, status: number, what: string, isThere: Kept['isThere']): void => {
  if (status < 300) stage.kept.push({ what, isThere });
  else if (status >= 500) stage.refused += 1;
  else stage.flaws.push(`${what}: ${status}`);
};

const bodyAt = async ({ wire }: Stage, path: string): Promise<unknown> =>
  (await wire.insist({ method: 'GET', path })).body;

/** A device, a package and a campaign, and an edit of what is there, all at the same time. */
const burst = async (stage: Stage, name: string): Promise<void> => {
  const { wire } = stage;
  const device = async () => {
    const { status } = await wire.insist({ method: 'POST', path: `${api}/devices`, body: { id: name } });
    note(
      stage,
      status,
      `device ${name}`,
      async () => at(await bodyAt(stage, `${api}/devices/${name}`), 'id') === name,
    );
  };
  const pack = async () => {
    const bytes = randomBytes(50_000);
    const path = `${api}/packages?${new URLSearchParams({ name, version: '1' })}`;
    const { status, body } = await wire.insist({ method: 'POST', path, body: bytes });
    note(stage, status, `package ${name}`, async () => {
      const read = await wire.insist({ method: 'GET', path: `${api}/packages/${at(body, 'id')}/bytes` });
      return sha256(read.bytes) === sha256(bytes);
    });
  };
  const query = async () => {
    const { status, body } = await wire.insist({
      method: 'POST',
      path: `${api}/queries`,
      body: { name, expression: '' },
    });
    note(
      stage,
      status,
      `query ${name}`,
      async () => at(await bodyAt(stage, `${api}/queries/${at(body, 'id')}`), 'name') === name,
    );
  };
  await Promise.all([device(), pack(), query()]);
};

const allThere = async (stage: Stage, kept: readonly Kept[]): Promise<void> => {
  for (const { what, isThere } of kept) if (!(await isThere())) stage.flaws.push(`lost: ${what}`);
};

const isReady = async ({ url }: Place): Promise<boolean> => (await fetch(`${url}/readyz`)).status === 200;

/** One error at each of the calls that a burst makes, one after the other, until a burst makes fewer. */
const coverCall = async (
  stage: Stage,
  call: string,
  error: DiskFault['error'],
  most: number,
): Promise<number> => {
  let faults = 0;
  for (let when = 1; when <= most; when += 1) {
    const from = stage.kept.length;
    const name = `${call}-${error}-${when}`;
    const injected = await withFault(stage, { call, error, when: `${when}` }, () => burst(stage, name));
    if (stage.life.isGone())
      throw new Error(`the server ended at ${name}: ${stage.life.complaints.join('\n')}`);
    if (injected === 0) return faults;
    faults += injected;
    await until(() => isReady(stage.place), `readiness after ${name}`);
    await allThere(stage, stage.kept.slice(from));
  }
  return faults;
};

/** As long as nothing can be written the server says so, and once there is room again it goes on by itself. */
const coverFull = async (stage: Stage): Promise<void> => {
  const fault: DiskFault = { call: 'pwrite64', error: 'ENOSPC', when: '1+' };
  await withFault(stage, fault, async () => {
    await burst(stage, 'full');
    await until(async () => !(await isReady(stage.place)), 'a word of the full disk');
    const { status } = await stage.wire.insist({
      method: 'POST',
      path: `${api}/devices`,
      body: { id: 'full-2' },
    });
    if (status !== 507) stage.flaws.push(`a full disk is answered ${status}`);
    const reads = await stage.wire.insist({ method: 'GET', path: `${api}/devices?limit=1` });
    if (reads.status !== 200) stage.flaws.push(`a full disk lets nobody read: ${reads.status}`);
  });
  await until(() => isReady(stage.place), 'readiness when there is room again');
  const from = stage.kept.length;
  await burst(stage, 'room');
  if (stage.kept.length - from !== 3) stage.flaws.push('there is room again, and a write was refused');
};

/** The calls by which a server keeps what it was given. */
const faultsAt: readonly (readonly [string, DiskFault['error']])[] = [
  ['pwrite64', 'EIO'],
  ['pwrite64', 'ENOSPC'],
  ['fdatasync', 'EIO'],
  ['fsync', 'EIO'],
  ['rename', 'EIO'],
  ['rename', 'ENOSPC'],
  ['openat', 'EIO'],
  ['openat', 'ENOSPC'],
];

/** Has calls of a running server fail, each kind at each of its calls up to the `most`th. */
export const runDisk = async (most: number): Promise<DiskReport> => {
  const place = await newPlace();
  let life = await startLife(place);
  const { token } = await createClient({ url: place.url }).signIn({ body: admin });
  const wire = openWire(place.url, { authorization: `Bearer ${token}` });
  const stage: Stage = { place, life, wire, kept: [], flaws: [], refused: 0 };
  let faults = 0;
  try {
    for (const [call, error] of faultsAt) faults += await coverCall(stage, call, error, most);
    await coverFull(stage);
    await life.kill();
    life = await startLife(place);
    await allThere(stage, stage.kept);
    await life.stop();
    const flaws = [...stage.flaws, ...(await consult(place))];
    return { faults, refused: stage.refused, flaws };
  } finally {
    await wire.close();
    await life.kill();
    await place.remove();
  }
};

export const diskFinding = ({ faults, refused, flaws }: DiskReport): Finding => ({
  ...{ id: 'R-05', part: 'SQLite', seed: null, pass: faults > 0 && refused > 0 && flaws.length === 0 },
  result: `${faults} errors, ${refused} writes refused, ${flaws.length} acknowledged and lost, or unwell after it`,
});

export const disk: Scenario = {
  usage: `[--calls 500]
      has the disk fail at each call of a kind up to that one, and looks what was acknowledged`,
  run: async function* (args) {
    const { values } = parseArgs({ args: [...args], options: { calls: { type: 'string', default: '500' } } });
    const report = await runDisk(wholeNumber('calls', values.calls));
    for (const flaw of report.flaws.slice(0, 50)) console.log(flaw);
    yield diskFinding(report);
  },
};
