import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Running, startProcess } from './bench/process.ts';
import { type CuttingProxy, startCuttingProxy } from './support/cutting-proxy.ts';
import { type GatewayProcess, startGateway, stopAllGateways } from './support/gateway-process.ts';
import { checkSumsOf, manifestOf } from './support/iotcp.ts';
import { type PulseOperator, signInToPulse } from './support/pulse-operator.ts';
import { zip } from './support/zip.ts';

const main = fileURLToPath(new URL('../src/server/main.ts', import.meta.url));
const admin = { email: 'admin@localhost', password: 'correct horse battery' };

let directory: string;
let proxy: CuttingProxy;
let server: Running;
let operator: PulseOperator;

/** The server with what it kept. Gateways reach it through the proxy, wherever it listens. */
const startServer = async (): Promise<void> => {
  const { PATH } = process.env;
  server = await startProcess({
    args: [main],
    env: {
      ...(PATH && { PATH }),
      MUSTER_PORT: '0',
      MUSTER_DATA: join(directory, 'data'),
      MUSTER_PUBLIC_URL: proxy.url,
      MUSTER_ADMIN_PASSWORD: admin.password,
      MUSTER_COMMAND_LEASE: '1s',
    },
  });
  proxy.leadTo(server.url);
  operator = await signInToPulse(server.url, admin);
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-gateway-'));
  proxy = await startCuttingProxy();
  await startServer();
});
afterEach(async () => {
  await stopAllGateways();
  await server?.stop();
  await proxy?.stop();
  await rm(directory, { recursive: true, force: true });
});

const PATIENCE_MS = 45_000;

const until = async (what: string, look: () => Promise<boolean> | boolean, whatElse: () => unknown) => {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(50)) {
    if (await look()) return;
  }
  throw new Error(`waited in vain for ${what}\n${JSON.stringify(whatElse())}`);
};

const packageOf = (manifest: Readonly<Record<string, unknown>>, size = 10_000): Buffer => {
  const scripts = { ACTIVATE: 'activate.sh', RESET: 'reset.sh', ...manifest };
  const parts = [manifestOf(scripts), { name: 'data/payload', content: randomBytes(size) }];
  return zip([...parts, checkSumsOf(parts)]);
};

type Setting = {
  readonly id: string;
  readonly credential: string;
  readonly campaign: string;
  readonly pack: string;
};

const launch = async (
  bytes: Uint8Array,
  settings: Readonly<Record<string, string>> = {},
): Promise<Setting> => {
  const gateway = await operator.gateway('thermostat');
  const pack = await operator.upload(bytes, 'thermostat.iotcp');
  const given = { name: 'update', packages: [pack], gateways: [gateway.id], settings };
  return { ...gateway, pack, campaign: await operator.launch(given) };
};

const start = ({ id, credential }: Setting, more: object = {}): Promise<GatewayProcess> =>
  startGateway({
    server: proxy.url,
    id,
    credential,
    directory: join(directory, id),
    schedules: false,
    ...more,
  });

const untilState = ({ campaign, id }: Setting, state: string, gateway: GatewayProcess) =>
  until(
    state,
    async () => (await operator.state(campaign, id)) === state,
    () => gateway.lines,
  );

const namesOf = (gateway: GatewayProcess): readonly string[] =>
  gateway.commands().map(({ command }) => command);

describe('a gateway process', () => {
  it('enrols, and goes through a headless package by itself', async () => {
    const bytes = packageOf({});
    const setting = await launch(bytes);
    const gateway = await start(setting);
    await untilState(setting, 'ACTIVATION_COMPLETE', gateway);
    expect(namesOf(gateway)).toEqual(['OTA_INVENTORY', 'OTA_DOWNLOAD', 'OTA_EXECUTE', 'OTA_ACTIVATE']);
    expect(await readFile(join(directory, setting.id, setting.pack))).toEqual(bytes);
    const { enrollmentState } = await operator.call('GET', `/api/devices/${setting.id}`);
    expect(enrollmentState).toBe('ENROLLED');
    const path = `/api/campaigns/${setting.campaign}/devices/${setting.id}/progress`;
    expect(await operator.call('GET', `${path}/execution`)).toEqual({
      progress: [`execution of ${setting.pack}`, `activation of ${setting.pack}`],
    });
  });

  it('gives itself the go at each checkpoint, and undoes what failed', async () => {
    const setting = await launch(packageOf({ HEADLESS_EXECUTION: false }));
    const gateway = await start(setting, { schedules: true, failsAt: 'OTA_ACTIVATE' });
    await untilState(setting, 'RESET_COMPLETE', gateway);
    expect(namesOf(gateway)).toEqual([
      ...['OTA_INVENTORY', 'OTA_CHECKPOINT', 'OTA_DOWNLOAD', 'OTA_CHECKPOINT', 'OTA_EXECUTE'],
      ...['OTA_CHECKPOINT', 'OTA_ACTIVATE', 'OTA_RESET'],
    ]);
  });

  it('goes on where its download broke off', async () => {
    const bytes = packageOf({}, 800_000);
    proxy.arrange('/file', { type: 'cut', after: 300_000 });
    const setting = await launch(bytes);
    const gateway = await start(setting);
    await untilState(setting, 'ACTIVATION_COMPLETE', gateway);
    const ranges = proxy.asked.filter(({ path }) => path.endsWith('/file')).map(({ range }) => range);
    expect(ranges).toEqual([undefined, 'bytes=300000-']);
    expect(await readFile(join(directory, setting.id, setting.pack))).toEqual(bytes);
  });

  it('is handed a command again under the same id after both it and the server were killed', async () => {
    const setting = await launch(packageOf({}), { 'ota.stepsPerPoll': '8' });
    const before = await start(setting, { diesAt: 'OTA_EXECUTE' });
    expect(await before.ended).toBe(9);
    const execute = before.commands().at(-1);
    expect(execute?.command).toBe('OTA_EXECUTE');
    await server.kill();
    await startServer();
    expect(await operator.state(setting.campaign, setting.id)).toBe('EXECUTING');

    const after = await start(setting);
    await untilState(setting, 'ACTIVATION_COMPLETE', after);
    expect(after.commands().at(0)).toEqual(execute);
    expect(namesOf(after)).toEqual(['OTA_EXECUTE', 'OTA_ACTIVATE']);
  });

  it('gets its results through whenever the server comes back', async () => {
    const setting = await launch(packageOf({}, 400_000));
    proxy.arrange('/file', { type: 'slow', bytesPerSecond: 400_000 });
    const gateway = await start(setting);
    await until(
      'the download to begin',
      () => gateway.lines.some((line) => 'fetched' in line),
      () => gateway.lines,
    );
    await server.kill();
    await startServer();
    await untilState(setting, 'ACTIVATION_COMPLETE', gateway);
    const ids = gateway.lines.flatMap((line) => ('result' in line ? [line.id] : []));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
