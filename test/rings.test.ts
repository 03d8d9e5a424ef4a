import { glob, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addProbes, type Findings, findings, makeHouse, type Probe } from './support/ring-house.ts';
import { ROOT, reachable, readReferences, referencedPaths } from './support/rings.ts';

/** Who may import whom: the `references` of each ring, and whatever those references may import. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'api/muster': ['app', 'domain', 'http', 'wire/muster'],
  'api/pulse': ['app', 'domain', 'http', 'wire/pulse'],
  'api/thingspace': ['app', 'domain', 'http', 'wire/thingspace'],
  app: ['domain'],
  blobs: ['app', 'domain'],
  cli: ['client', 'simulator', 'wire/muster'],
  client: ['wire/muster'],
  console: ['client', 'wire/muster'],
  'devices/ddi': ['app', 'domain', 'http', 'wire/ddi'],
  'devices/download': ['app', 'domain', 'http'],
  'devices/gateway': ['app', 'domain', 'wire/pulse'],
  'devices/lwm2m': ['app', 'domain'],
  'devices/oma-dm': ['app', 'domain', 'http'],
  domain: [],
  http: ['app', 'domain'],
  push: ['app', 'domain'],
  server: [
    'api/muster',
    'api/pulse',
    'api/thingspace',
    'app',
    'blobs',
    'devices/ddi',
    'devices/download',
    'devices/gateway',
    'devices/lwm2m',
    'devices/oma-dm',
    'domain',
    'push',
    'store',
    'wire/ddi',
    'wire/muster',
    'wire/pulse',
    'wire/thingspace',
  ],
  simulator: ['client', 'wire/ddi', 'wire/muster', 'wire/pulse'],
  store: ['app', 'domain'],
  'wire/ddi': [],
  'wire/muster': [],
  'wire/pulse': [],
  'wire/thingspace': [],
};
const rings = Object.keys(allowed);
/** Rings that know neither Node nor the browser, with the packages they may import. */
const pure: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  app: [],
  'wire/ddi': ['typebox'],
  'wire/muster': ['typebox'],
  'wire/pulse': ['typebox'],
  'wire/thingspace': ['typebox'],
};

const importProbe = (from: string, to: string): Probe => ({ ring: from, imports: `ring:${to}` });
const pairs = rings.flatMap((from) => rings.filter((to) => to !== from).map((to) => ({ from, to })));
const isAllowed = ({ from, to }: { from: string; to: string }) => reachable(allowed, from).has(to);

const rightWay = pairs.filter(isAllowed).map(({ from, to }) => importProbe(from, to));
const wrongWay = pairs.filter((pair) => !isAllowed(pair)).map(({ from, to }) => importProbe(from, to));
const outside = Object.keys(pure).flatMap((ring) =>
  ['node:fs', 'global:process', 'global:fetch', 'global:setTimeout', 'global:console', 'global:document'].map(
    (imports): Probe => ({ ring, imports }),
  ),
);
const rightPackages = Object.entries(pure).flatMap(([ring, packages]) =>
  packages.map((imports): Probe => ({ ring, imports })),
);
const wrongPackages = Object.entries(pure).flatMap(([ring, packages]) =>
  ['kysely', 'fastify', '@node-rs/argon2', 'typebox', 'node:fs']
    .filter((name) => !packages.includes(name))
    .map((imports): Probe => ({ ring, imports })),
);
const strayQueries = [
  'api/muster',
  'api/pulse',
  'api/thingspace',
  'blobs',
  'cli',
  'client',
  'console',
  'devices/ddi',
  'devices/download',
  'devices/gateway',
  'devices/lwm2m',
  'devices/oma-dm',
  'http',
  'push',
  'server',
  'simulator',
].flatMap((ring) => ['kysely', 'pg', 'node:sqlite'].map((imports): Probe => ({ ring, imports })));
const storeQueries = ['kysely', 'pg', 'node:sqlite'].map((imports): Probe => ({ ring: 'store', imports }));

const title = ({ ring, imports }: Probe): [string, Probe] => [`${ring} -> ${imports}`, { ring, imports }];

describe('the rings', () => {
  it('reference what the table allows and nothing else', async () => {
    expect(await readReferences()).toEqual(allowed);
  });

  it('are all type-checked together with the tests', async () => {
    const expected = [...rings.map((ring) => join(ROOT, 'src', ring)), join(ROOT, 'test')];
    expect(await referencedPaths(join(ROOT, 'tsconfig.json'))).toEqual(expected.toSorted());
  });

  it('hold every source file', async () => {
    const files = await Array.fromAsync(glob('**/*.{ts,tsx}', { cwd: join(ROOT, 'src') }));
    const homeless = files.filter(
      (file) => !rings.some((ring) => `${dirname(file)}/`.startsWith(`${ring}/`)),
    );
    expect(homeless).toEqual([]);
  });
});

describe('the compiler', () => {
  let house = '';
  let before: Findings;
  let after: Findings;

  beforeAll(async () => {
    house = await makeHouse(rings);
    await addProbes(house, rightWay);
    before = await findings(house, 'tsc', ['-b', '--pretty', 'false']);
    await addProbes(house, [...wrongWay, ...outside]);
    after = await findings(house, 'tsc', ['-b', '--pretty', 'false']);
  });
  afterAll(() => rm(house, { recursive: true, force: true }));

  it('accepts every import that is allowed', () => {
    expect(before).toMatchObject({ ok: true, output: '' });
    expect(rightWay.map(after.mentions)).not.toContain(true);
  });

  it.each([...wrongWay, ...outside].map(title))('refuses %s', (_, probe) => {
    expect(after.mentions(probe), after.output).toBe(true);
  });
});

describe('the linter', () => {
  let house = '';
  let lint: Findings;

  beforeAll(async () => {
    house = await makeHouse(rings);
    await addProbes(house, [...rightPackages, ...wrongPackages, ...strayQueries, ...storeQueries]);
    lint = await findings(house, 'biome', ['lint', '--reporter=github', '--max-diagnostics=none']);
  });
  afterAll(() => rm(house, { recursive: true, force: true }));

  it.each([...wrongPackages, ...strayQueries].map(title))('refuses %s', (_, probe) => {
    expect(lint.mentions(probe), lint.output).toBe(true);
  });

  it.each([...rightPackages, ...storeQueries].map(title))('accepts %s', (_, probe) => {
    expect(lint.mentions(probe), lint.output).toBe(false);
  });
});
