import { readFile } from 'node:fs/promises';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { admitDevice } from '../../../src/app/device-access.ts';
import { attributeLimits } from '../../../src/devices/ddi/config-data.ts';
import { malformed, refusals } from '../../../src/devices/ddi/errors.ts';
import { ddiDevices } from '../../../src/devices/ddi/plugin.ts';
import type { DdiDeps } from '../../../src/devices/ddi/visit.ts';
import { basePath, type DdiRoute, ddiRoutes } from '../../../src/wire/ddi/routes.ts';
import { startApi } from '../../support/api.ts';
import { markdownTable } from '../../support/markdown.ts';
import { realRoutes } from '../../support/real-routes.ts';
import { deviceOf } from './fleet.ts';

const table: readonly DdiRoute[] = Object.values(ddiRoutes);

const readDoc = () => readFile(new URL('../../../docs/protocols/ddi.md', import.meta.url), 'utf8');

/** The adapter alone, as the server has it. */
const alone = async (deps: Omit<DdiDeps, 'admit'>) => {
  const app = Fastify({ exposeHeadRoutes: false });
  await app.register(ddiDevices({ ...deps, admit: (...asked) => admitDevice(deps, ...asked) }));
  return app;
};

describe('docs/protocols/ddi.md', () => {
  it('lists every resource in the order of the table, and no other', async () => {
    const rows = markdownTable(await readDoc(), 'method');
    const listed = rows.map(({ method, path }) => ({ method, path: path?.trim() }));
    expect(listed).toEqual(table.map(({ method, path }) => ({ method, path })));
  });

  it('names for every resource only statuses that this wire has', async () => {
    const known = new Set<number>([200, 201, 206, 304, 401]);
    for (const { status } of Object.values(malformed)) known.add(status);
    for (const { status } of Object.values(refusals)) if (typeof status === 'number') known.add(status);
    const rows = markdownTable(await readDoc(), 'method');
    for (const row of rows) {
      const statuses = `${row['success']} ${row['refused with']}`.match(/\b[2-5]\d\d\b/g) ?? [];
      expect(statuses.length).toBeGreaterThan(1);
      expect(statuses.filter((status) => !known.has(Number(status)))).toEqual([]);
    }
  });

  it('says the limits of the code', async () => {
    const limits = markdownTable(await readDoc(), 'what').map(({ what, limit }) => `${what}: ${limit}`);
    expect(limits).toContain(`attributes of a device: ${attributeLimits.count}`);
  });
});

describe('the adapter', () => {
  it('serves every route of its table, each GET as a HEAD too, and no other', async () => {
    const api = await startApi();
    const seen = { note: () => undefined };
    const app = await alone({ ...api.context, seen, publicUrl: undefined, trustedProxies: [] });
    const expected = table.flatMap(({ method, path }) =>
      (method === 'GET' ? ['GET', 'HEAD'] : [method]).map((each) => `${each} ${basePath}${path}`),
    );
    expect(realRoutes(app)).toEqual(expected.sort());
    await api.close();
  });

  it('notes every contact of a device that got in, and of no other', async () => {
    const api = await startApi();
    await api.call('POST', '/devices', { body: { id: 'dev', protocol: 'ddi' } });
    const { body } = await api.call('POST', '/devices/dev/credentials', { body: {} });
    const noted: unknown[] = [];
    const seen = { note: (...contact: unknown[]) => void noted.push(contact) };
    const http = await alone({ ...api.context, seen, publicUrl: undefined, trustedProxies: [] });
    const device = deviceOf({ ...api, http }, 'dev', body.secret);
    await device.ask('GET', '', { auth: null });
    expect(noted).toEqual([]);
    await device.ask('GET');
    expect(noted).toEqual([[1, 1]]);
    await api.close();
  });
});
