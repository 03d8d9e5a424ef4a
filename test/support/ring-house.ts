import { execFile } from 'node:child_process';
import { cp, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ROOT } from './rings.ts';

/** One import put to the test: `ring:<path>`, `global:<name>`, or the name of a module. */
export type Probe = { readonly ring: string; readonly imports: string };

/** What a tool said about a house. */
export type Findings = {
  readonly ok: boolean;
  readonly output: string;
  readonly mentions: (probe: Probe) => boolean;
};

/**
 * A temporary checkout with the real tsconfigs and Biome configuration around rings that hold one file
 * each, so that the walls are tested and not what stands inside them.
 */
export const makeHouse = async (rings: readonly string[]): Promise<string> => {
  const house = await mkdtemp(join(tmpdir(), 'muster-rings-'));
  const shared = ['tsconfig.base.json', 'biome.json', 'package.json'];
  const configs = [...shared, ...rings.map((ring) => `src/${ring}/tsconfig.json`)];
  await Promise.all(configs.map((config) => cp(join(ROOT, config), join(house, config))));
  await symlink(join(ROOT, 'node_modules'), join(house, 'node_modules'));
  const references = rings.map((ring) => ({ path: `src/${ring}` }));
  await writeFile(join(house, 'tsconfig.json'), JSON.stringify({ files: [], references }));
  await Promise.all(rings.map((ring) => writeFile(join(house, 'src', ring, 'seed.ts'), SEED)));
  return house;
};

const SEED = 'export type Seed = 1;\n';

export const addProbes = async (house: string, probes: readonly Probe[]): Promise<void> => {
  await Promise.all(probes.map((probe) => writeFile(join(house, fileOf(probe)), codeOf(probe))));
};

const fileOf = ({ ring, imports }: Probe): string =>
  `src/${ring}/probe-${imports.replaceAll(/[^a-z0-9]+/gi, '-')}.ts`;

const codeOf = ({ ring, imports }: Probe): string => {
  const [kind, name = ''] = imports.split(':');
  if (kind === 'ring') return `export type { Seed } from '${seedPath(ring, name)}';\n`;
  if (kind === 'global') return `export const probe: unknown = ${name};\n`;
  return `import * as probe from '${imports}';\n\nexport const kind: string = typeof probe;\n`;
};

const seedPath = (from: string, to: string): string => {
  const path = relative(from, join(to, 'seed.ts'));
  return path.startsWith('.') ? path : `./${path}`;
};

/** Runs a tool of the project in the house; a finding names its file. */
export const findings = (house: string, tool: string, args: readonly string[]): Promise<Findings> =>
  new Promise((resolve) => {
    const command = join(ROOT, 'node_modules/.bin', tool);
    execFile(command, args, { cwd: house, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const output = stdout + stderr;
      resolve({ ok: error === null, output, mentions: (probe) => output.includes(fileOf(probe)) });
    });
  });
