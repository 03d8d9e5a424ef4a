import type { StoredAccount } from '../../app/account-records.ts';
import { verifyAudit } from '../../app/audit-log.ts';
import type { Inspected } from '../../store/inspect.ts';
import type { Config } from '../config.ts';
import { nodeHashing } from '../crypto.ts';
import { inspectDatabase } from '../inspect.ts';
import { type Finding, fine, problem, warning, wordsOf } from './finding.ts';

const SECOND = 1_000;
const OLDEST_POSTGRES = 15;

const stepsText = (steps: readonly { readonly number: number; readonly name: string }[]): string =>
  steps.map(({ number, name }) => `${number} (${name})`).join(', ');

const checkSchema = ({ steps }: Inspected): Finding => {
  const { applied, pending, unknown } = steps;
  const check = 'schema';
  if (unknown.length > 0) {
    return warning(
      check,
      `it has migrations of a later version: ${stepsText(unknown)}`,
      'upgrade this server',
    );
  }
  if (pending.length > 0)
    return warning(
      check,
      `migrations are to be run: ${stepsText(pending)}`,
      'muster migrate, or start the server',
    );
  return fine(check, `up to date at ${applied.at(-1)?.number ?? 0}`);
};

/** Each of them decides whether what was acknowledged survives a loss of power. */
const wanted: Readonly<Record<string, readonly string[]>> = {
  journal_mode: ['wal'],
  synchronous: ['2', '3'],
  fsync: ['on'],
  full_page_writes: ['on'],
  synchronous_commit: ['on', 'local', 'remote_write', 'remote_apply'],
};

const checkSettings = ({ settings }: Inspected): readonly Finding[] => {
  const wrong = Object.entries(wanted).filter(
    ([name, values]) => settings[name] !== undefined && !values.includes(settings[name]),
  );
  if (wrong.length === 0) return [fine('durability', 'each commit is flushed to disk')];
  return wrong.map(([name, [value]]) =>
    problem(
      'durability',
      `${name} is ${settings[name]}: what was acknowledged may be lost with the power`,
      `set ${name} to ${value}`,
    ),
  );
};

const checkVersion = ({ version, settings }: Inspected): Finding => {
  const server = settings['server_version'];
  if (server === undefined || Number.parseInt(server, 10) >= OLDEST_POSTGRES)
    return fine('database', version);
  return problem('database', version, `upgrade PostgreSQL to ${OLDEST_POSTGRES} or later`);
};

const checkPool = ({ database }: Config, { settings }: Inspected): readonly Finding[] => {
  const most = Number(settings['max_connections']);
  if (database.kind !== 'postgres' || Number.isNaN(most) || database.pool < most - 5) return [];
  return [
    warning(
      'connections',
      `this server may open ${database.pool} connections, PostgreSQL takes ${most}`,
      'lower MUSTER_DATABASE_POOL, or raise max_connections',
    ),
  ];
};

const MIB = 2 ** 20;
/** A replica that follows is behind by what is on its way; more than this is not. */
const FAR_BEHIND = 64 * MIB;

const checkReplica = async ({ store }: Inspected): Promise<readonly Finding[]> => {
  const look = await store.replica();
  if (look === undefined) return [];
  const meanwhile = 'lists and reports are read at the primary';
  if (look.behind === null)
    return [
      warning(
        'replica',
        `it does not answer, or is no replica: ${meanwhile}`,
        'see MUSTER_DATABASE_REPLICA_URL, and whether that server runs',
      ),
    ];
  const behind = `${Math.ceil(look.behind / MIB)} MiB of the log behind`;
  if (look.behind <= FAR_BEHIND) return [fine('replica', behind)];
  return [
    warning('replica', `it is ${behind}: ${meanwhile}`, 'see what holds up its replay (pg_stat_replication)'),
  ];
};

const apart = (milliseconds: number): string => `${Math.round(milliseconds / SECOND)} s`;

const checkClock = async (
  { now, store }: Inspected,
  accounts: readonly StoredAccount[],
): Promise<Finding> => {
  const here = Date.now();
  const todo = 'keep the clock by NTP (timedatectl set-ntp true)';
  if (now !== null && Math.abs(now - here) > 2 * SECOND)
    return warning('clock', `this machine and the database server are ${apart(now - here)} apart`, todo);
  let latest = 0;
  for (const { key } of accounts) {
    const [link] = await store.audit.before(key, Number.MAX_SAFE_INTEGER, 1);
    latest = Math.max(latest, link?.at ?? 0);
  }
  if (latest > here + 2 * SECOND)
    return problem('clock', `the last audit entry is ${apart(latest - here)} in the future`, todo);
  return fine('clock', new Date(here).toISOString());
};

const checkAudit = async (
  { store }: Inspected,
  accounts: readonly StoredAccount[],
): Promise<readonly Finding[]> => {
  let entries = 0;
  const findings: Finding[] = [];
  for (const { key, id } of accounts) {
    const verdict = await verifyAudit({ store, hashing: nodeHashing }, key);
    if (!verdict.ok) continue;
    if (verdict.value.intact) entries += verdict.value.head.n;
    else {
      const { n, problem: what } = verdict.value;
      findings.push(
        problem(
          'audit',
          `the chain of account ${id} is broken at entry ${n}: ${what}`,
          'find out who wrote to the database; entries before it are intact',
        ),
      );
    }
  }
  const sum = `${accounts.length} chains with ${entries} entries are intact`;
  return findings.length > 0 ? findings : [fine('audit', sum)];
};

const accountsOf = async ({ store }: Inspected): Promise<readonly StoredAccount[]> => {
  const accounts: StoredAccount[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof store.accounts.list>> = await store.accounts.list({
      after,
      limit: 500,
    });
    accounts.push(...page.items);
    after = page.next;
  }
  return accounts;
};

const checkFile = async ({ check }: Inspected): Promise<Finding> => {
  const wrong = await check();
  return wrong.length === 0
    ? fine('database file', 'intact')
    : problem(
        'database file',
        wrong.join('; '),
        'stop the server and restore the last backup (muster restore)',
      );
};

/** What is done with a database whose tables can be asked. */
export type Ask = (
  store: Inspected['store'],
  accounts: readonly StoredAccount[],
) => Promise<readonly Finding[]>;

/** The database: whether it is there, keeps what it was given, and has the tables and chains it should have. */
export const checkDatabase = async (config: Config, deep: boolean, ask: Ask): Promise<readonly Finding[]> => {
  let found: Inspected | undefined;
  try {
    found = await inspectDatabase(config);
  } catch (error) {
    const todo = 'see MUSTER_DATABASE_URL, and whether the database server runs';
    return [problem('database', `it cannot be reached: ${wordsOf(error)}`, todo)];
  }
  if (found === undefined) return [fine('database', 'none yet; made at the first start')];
  try {
    const about = [
      checkVersion(found),
      ...checkSettings(found),
      ...checkPool(config, found),
      ...(await checkReplica(found)),
      checkSchema(found),
    ];
    if (found.steps.pending.length > 0) return about;
    const accounts = await accountsOf(found);
    return [
      ...about,
      ...(deep && config.database.kind === 'sqlite' ? [await checkFile(found)] : []),
      await checkClock(found, accounts),
      ...(await checkAudit(found, accounts)),
      ...(await ask(found.store, accounts)),
    ];
  } catch (error) {
    const todo = 'restore the last backup (muster restore) if this comes again';
    return [problem('database', `it cannot be read: ${wordsOf(error)}`, todo)];
  } finally {
    await found.close();
  }
};
