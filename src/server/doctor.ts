import { parseArgs } from 'node:util';
import { loadModulesCompiled } from './compiled.ts';
import { type Config, ConfigError, configFromEnv } from './config.ts';
import { checkDatabase } from './doctor/database.ts';
import { checkDirectory } from './doctor/directory.ts';
import { type Finding, fine, problem, warning } from './doctor/finding.ts';
import { checkNetwork } from './doctor/network.ts';
import { checkPackages } from './doctor/packages.ts';
import { readEnv } from './env.ts';
import { print } from './report-lines.ts';
import { version } from './version.ts';

/*
 * Run by the command line as a process of its own: looks at what the environment says a server has, and changes none of
 * it. `--deep` reads every package, and the whole file of SQLite. One line of JSON: `{"result": Finding[]}` or `{"error"}`.
 */

loadModulesCompiled();
const { values } = parseArgs({ options: { deep: { type: 'boolean' } } });
const deep = values.deep === true;

/** The one that packages and tests come with. */
const NODE = 26;

const checkVersions = (): Finding => {
  const found = `Muster ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  return Number.parseInt(process.versions.node, 10) >= NODE
    ? fine('versions', found)
    : warning('versions', found, `run it with Node ${NODE}: npm ci brings it along`);
};

const readSettings = (): Config | readonly Finding[] => {
  try {
    return configFromEnv(readEnv());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((line) => problem('settings', line, 'docs/config.md lists all settings'));
  }
};

const examine = async (): Promise<readonly Finding[]> => {
  const config = readSettings();
  if (!('http' in config)) return [checkVersions(), ...config];
  const directory = await checkDirectory(config);
  // Files of SQLite that somebody else makes would be in the way of the server.
  const mayRead = directory.every(({ check, level }) => level !== 'problem' || check === 'free space');
  const database = mayRead
    ? await checkDatabase(config, deep, (store, accounts) => checkPackages(config, store, accounts, deep))
    : [warning('database', 'it was not looked at', 'first see to the data directory')];
  return [
    checkVersions(),
    fine('settings', 'all can be used'),
    ...directory,
    ...database,
    ...(await checkNetwork(config)),
  ];
};

examine().then(
  (result) => print({ result }),
  (error: unknown) => {
    print({ error: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
  },
);
