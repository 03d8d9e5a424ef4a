import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/muster.ts';
import { type Running, startProcess } from '../bench/process.ts';
import { hasCurl } from '../support/curl.ts';
import { startGateway, stopAllGateways } from '../support/gateway-process.ts';
import { checkSumsOf, manifestOf } from '../support/iotcp.ts';
import { type PulseOperator, signInToPulse } from '../support/pulse-operator.ts';
import { zip } from '../support/zip.ts';

const main = fileURLToPath(new URL('../../src/server/main.ts', import.meta.url));
const script = fileURLToPath(new URL('../../docs/migrate-from-pulse.sh', import.meta.url));
const admin = { email: 'admin@localhost', password: 'correct "horse" \\ battery' };
const approver = { email: 'approver@localhost', password: 'staple: $HOME `x`' };

let directory: string;
let server: Running;
let operator: PulseOperator;

/** Approval by somebody else than who created it, and somebody who may. */
const wantApproval = async (): Promise<void> => {
  const { token } = await createClient({ url: server.url }).signIn({ body: admin });
  const client = createClient({ url: server.url, token });
  const params = { account: 'DEFAULT' };
  await client.editAccount({ params, body: { approvalPolicy: 'another' } });
  const { items } = await client.listRoles({ query: { limit: 100 } });
  const role = items.find(({ permissions }) => permissions.includes('Approve Campaign'));
  await client.createUser({ body: { ...approver, name: 'Approver', roleIds: [role?.id ?? ''] } });
};

type Ran = { readonly status: number; readonly said: readonly string[]; readonly complained: string };

/** Runs the script as an operator would. */
const run = async (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ran> => {
  const { PATH } = process.env;
  const child = spawn('sh', [script, ...args], { env: { ...(PATH && { PATH }), ...env } });
  const said = { out: '', err: '' };
  child.stdout.on('data', (bytes: Buffer) => {
    said.out += bytes;
  });
  child.stderr.on('data', (bytes: Buffer) => {
    said.err += bytes;
  });
  const [status] = (await once(child, 'close')) as [number];
  return { status, said: said.out.trimEnd().split('\n'), complained: said.err };
};

const environment = () => ({
  PULSE_URL: server.url,
  PULSE_USER: admin.email,
  PULSE_PASSWORD: admin.password,
  PULSE_APPROVER: approver.email,
  PULSE_APPROVER_PASSWORD: approver.password,
  PULSE_INTERVAL: '1',
  PULSE_PATIENCE: '60',
});

const writePackage = async (name: string): Promise<string> => {
  const parts = [
    manifestOf({ NAME: name, RESET: 'reset.sh' }),
    { name: 'data/execute.sh', content: '#!/bin/sh\nexit 0\n' },
  ];
  const file = join(directory, `${name}-1.2.3.iotcp`);
  await writeFile(file, zip([...parts, checkSumsOf(parts)]));
  return file;
};

const startTwo = async (failsAt?: string): Promise<readonly string[]> => {
  const gateways = [await operator.gateway('one'), await operator.gateway('two')];
  for (const [index, { id, credential }] of gateways.entries()) {
    const own = { server: server.url, id, credential, directory: join(directory, id), schedules: false };
    await startGateway({ ...own, ...(failsAt !== undefined && index === 1 && { failsAt }) });
  }
  return gateways.map(({ id }) => id);
};

describe.skipIf(!hasCurl())('docs/migrate-from-pulse.sh', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-script-'));
    const { PATH } = process.env;
    server = await startProcess({
      args: [main],
      env: {
        ...(PATH && { PATH }),
        MUSTER_PORT: '0',
        MUSTER_DATA: join(directory, 'data'),
        MUSTER_ADMIN_PASSWORD: admin.password,
      },
    });
    operator = await signInToPulse(server.url, admin);
  });
  afterAll(async () => {
    await stopAllGateways();
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('uploads, creates, adds, starts and watches until both gateways are through', async () => {
    const gateways = await startTwo();
    const ran = await run(environment(), await writePackage('thermostat'), 'The "first" \\ one', ...gateways);
    expect(ran).toMatchObject({ status: 0, complained: '' });
    expect(ran.said).toEqual([
      'api-version 1.0',
      expect.stringMatching(/^package [0-9a-f-]{36}$/),
      expect.stringMatching(/^campaign [0-9a-f-]{36}$/),
      'gateways 2',
      'status STARTED',
      ...ran.said.filter((line) => /^through [0-2] of 2$/.test(line)),
      'ACTIVATION_COMPLETE 2',
    ]);
    const id = ran.said[2]?.split(' ')[1];
    expect((await operator.call('GET', `/api/campaigns/${id}`))['name']).toBe('The "first" \\ one');
  });

  it('says which states they ended in when one fails, also of a campaign that had to be approved', async () => {
    await wantApproval();
    const gateways = await startTwo('OTA_EXECUTE');
    const ran = await run(environment(), await writePackage('boiler'), 'second', ...gateways);
    expect(ran).toMatchObject({ status: 1, complained: '' });
    expect(ran.said).toContain('approved');
    expect(ran.said.slice(-2)).toEqual(['ACTIVATION_COMPLETE 1', 'RESET_COMPLETE 1']);
  });

  it('gives up with the words of the server', async () => {
    const [gateway = ''] = await startTwo();
    const file = await writePackage('valve');
    const stranger = await run(environment(), file, 'third', gateway, 'stranger');
    expect(stranger.status).not.toBe(0);
    expect(stranger.complained).toMatch(/POST \/api\/campaigns\/\S+\/devices: 404 .*stranger/);
    const nobody = await run({ ...environment(), PULSE_PASSWORD: 'wrong' }, file, 'fourth', gateway);
    expect(nobody.status).not.toBe(0);
    expect(nobody.complained).toContain('GET /api/tokens: 401');
    expect((await run({}, 'file', 'name')).status).toBe(2);
  });
});
