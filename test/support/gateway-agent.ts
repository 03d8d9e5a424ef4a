/**
 * A gateway of a fleet, as a process: it shares nothing with the server but the network. Its one argument is JSON of
 * the type `AgentOptions`; each line that it prints is JSON of the type `AgentLine`. It goes on until it is stopped.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type AgentOptions = {
  readonly server: string;
  readonly id: string;
  /** Its device credential. */
  readonly credential: string;
  /** Its own: downloads are kept there, and what it did. */
  readonly directory: string;
  /** Whether it gives itself the go where it is held. */
  readonly schedules: boolean;
  /** The command that goes wrong. */
  readonly failsAt?: string;
  /** The command at which it loses its power, before it begins with it. */
  readonly diesAt?: string;
};

export type AgentLine =
  | { readonly enrolled: string }
  | { readonly command: string; readonly id: string; readonly again: boolean }
  | { readonly fetched: string; readonly from: number; readonly size: number }
  | { readonly result: string; readonly id: string; readonly status: string }
  | { readonly trouble: string };

type Command = {
  readonly commandId: string;
  readonly command: string;
  readonly arguments: readonly { readonly name: string; readonly value: readonly string[] }[];
};
type Result = { readonly status: string; readonly message: string; readonly exitCode: number };

const options: AgentOptions = JSON.parse(process.argv[2] ?? '{}');
const { server, id, directory } = options;

const WAIT_SECONDS = 5;
const PAUSE_MS = 100;

const tell = (line: AgentLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

/** Asks until there is an answer, whatever becomes of the network meanwhile. */
const insist = async <Value>(attempt: () => Promise<Value>): Promise<Value> => {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      tell({ trouble: error instanceof Error ? error.message : String(error) });
      await sleep(PAUSE_MS);
    }
  }
};

/** The credential becomes a token, as the vendor's agent exchanged it. */
const fetchToken = async (): Promise<string> => {
  const proof = JSON.stringify({ type: 'JWT_NATIVE', authBody: options.credential });
  const headers = { 'x-device-auth': Buffer.from(proof).toString('base64') };
  const reply = await fetch(`${server}/api/device-tokens/${id}`, { headers });
  if (reply.status !== 200) throw new Error(`no token: ${reply.status} ${await reply.text()}`);
  return ((await reply.json()) as { readonly accessToken: string }).accessToken;
};

const token = await insist(fetchToken);
const authorization = `Bearer ${token}`;

type Members = Readonly<Record<string, unknown>>;

const call = async (method: string, path: string, body?: object): Promise<Members> => {
  const reply = await fetch(`${server}/api${path}`, {
    method,
    headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
  return JSON.parse(text);
};

/** What it did is known after it lost its power, so that nothing is done twice. */
const memory = join(directory, 'results.json');
const results: Map<string, Result> = new Map(
  existsSync(memory) ? Object.entries(JSON.parse(readFileSync(memory, 'utf8'))) : [],
);
const remember = (command: string, result: Result): void => {
  results.set(command, result);
  writeFileSync(memory, JSON.stringify(Object.fromEntries(results)));
};

const valuesOf = (command: Command, name: string): readonly string[] =>
  command.arguments.find((argument) => argument.name === name)?.value ?? [];

const says = (commandId: string, status: string, more: object = {}): Promise<unknown> =>
  call('PUT', `/devices/${id}/commands`, { commands: [{ commandId, status, ...more }] });

const done: Result = { status: 'SUCCEEDED', message: '', exitCode: 0 };
const failed = (message: string): Result => ({ status: 'FAILED', message, exitCode: 3 });

const inventory = async (): Promise<Result> => {
  const upsert = [
    { name: 'agent', value: '1.0' },
    { name: 'serial', value: `serial of ${id}` },
  ];
  await call('POST', `/devices/${id}/system-properties`, { upsert });
  return done;
};

/** Goes on where it was cut, if the bytes are still the same. What has arrived is kept, whatever comes after. */
const fetchBytes = async (url: string, sha256: string, file: string, size: number): Promise<void> => {
  const from = existsSync(file) ? statSync(file).size : 0;
  if (from === size) return;
  const resumption = { range: `bytes=${from}-`, 'if-range': `"sha256-${sha256}"` };
  const asked = get(url, { headers: { authorization, ...(from > 0 && resumption) } });
  const [reply] = (await once(asked, 'response')) as [IncomingMessage];
  if (reply.statusCode !== 200 && reply.statusCode !== 206)
    throw new Error(`GET ${url}: ${reply.statusCode}`);
  const start = reply.statusCode === 206 ? from : 0;
  tell({ fetched: url, from: start, size });
  if (start === 0) writeFileSync(file, '');
  reply.on('data', (bytes: Buffer) => appendFileSync(file, bytes));
  await once(reply, 'end');
};

const digestOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file)) hash.update(bytes);
  return hash.digest('hex');
};

const download = async (command: Command): Promise<Result> => {
  const [ids, urls, digests, sizes] = ['packageIds', 'packageUrls', 'packageSha256', 'packageSizes'].map(
    (name) => valuesOf(command, name),
  );
  const [campaign] = valuesOf(command, 'campaignId');
  const packagesProgress: object[] = [];
  for (const [index, url] of (urls ?? []).entries()) {
    const [pack = '', sha256 = '', size = '0'] = [ids, digests, sizes].map((values) => values?.[index]);
    const file = join(directory, pack);
    await insist(() => fetchBytes(url, sha256, file, Number(size)));
    if ((await digestOf(file)) !== sha256) return failed(`the SHA-256 of ${pack} is another`);
    packagesProgress.push({ id: pack, progress: size, total: size });
    const path = `/campaigns/${campaign}/devices/${id}/progress/download`;
    await insist(() => call('PUT', path, { packagesProgress }));
  }
  return done;
};

/** Its scripts do nothing, and say so. */
const runScripts = async (command: Command, phase: string): Promise<Result> => {
  const [campaign] = valuesOf(command, 'campaignId');
  const progress = valuesOf(command, 'packageIds').map((pack) => `${phase} of ${pack}`);
  await call('PUT', `/campaigns/${campaign}/devices/${id}/progress/execution`, { progress, phase });
  return done;
};

const atCheckpoint = async (command: Command): Promise<Result> => {
  const [campaign] = valuesOf(command, 'campaignId');
  const [phase] = valuesOf(command, 'phase');
  if (options.schedules) {
    await call('PUT', `/campaigns/${campaign}/devices/${id}/scheduled-${phase}`, { begin: '0', end: '0' });
  }
  return done;
};

const doers: Readonly<Record<string, (command: Command) => Promise<Result>>> = {
  OTA_INVENTORY: inventory,
  OTA_DOWNLOAD: download,
  OTA_EXECUTE: (command) => runScripts(command, 'execution'),
  OTA_ACTIVATE: (command) => runScripts(command, 'activation'),
  OTA_RESET: async () => done,
  OTA_CHECKPOINT: atCheckpoint,
};

const carryOut = async (command: Command): Promise<Result> => {
  if (command.command === options.failsAt) return failed(`${command.command} goes wrong here`);
  const doer = doers[command.command];
  return doer === undefined ? failed('unknown command') : insist(() => doer(command));
};

const obey = async (command: Command): Promise<void> => {
  const { commandId, command: name } = command;
  const before = results.get(commandId);
  tell({ command: name, id: commandId, again: before !== undefined });
  if (name === options.diesAt) process.exit(9);
  if (before === undefined) await insist(() => says(commandId, 'RECEIVED'));
  const result = before ?? (await carryOut(command));
  remember(commandId, result);
  await insist(() => says(commandId, result.status, result));
  tell({ result: name, id: commandId, status: result.status });
};

await insist(() => call('GET', `/devices/${id}/enroll`));
tell({ enrolled: id });
for (;;) {
  const polled = await insist(() => call('GET', `/devices/${id}/commands?waitSeconds=${WAIT_SECONDS}`));
  for (const command of polled['commandMessage'] as readonly Command[]) await obey(command);
}
