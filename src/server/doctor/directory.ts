import { constants, existsSync } from 'node:fs';
import { access, readFile, stat, statfs } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { isUnfinished } from '../backup/marker.ts';
import type { Config } from '../config.ts';
import { keyFileOf, readKeys } from '../secrets-key.ts';
import { type Finding, fine, problem, warning } from './finding.ts';

const GIB = 1024 ** 3;
/** Below this, writes begin to fail soon. */
const HARDLY_ANY = 0.1 * GIB;
const LITTLE = GIB;

const sizeText = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/** Whether others than its owner may do anything with it. Windows tells nothing by modes. */
const isOpenToOthers = (mode: number): boolean => process.platform !== 'win32' && (mode & 0o077) !== 0;

const checkAccess = async (directory: string): Promise<readonly Finding[]> => {
  const check = 'data directory';
  const { mode, uid } = await stat(directory);
  const user = userInfo();
  if (user.uid !== -1 && uid !== user.uid) {
    return [
      problem(
        check,
        `${directory} belongs to user ${uid}, and this is run by ${user.username} (${user.uid})`,
        'run doctor as the user that runs the server',
      ),
    ];
  }
  try {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [problem(check, `${directory} cannot be written to`, `chmod 700 ${directory}`)];
  }
  return isOpenToOthers(mode)
    ? [warning(check, `others may look into ${directory}`, `chmod 700 ${directory}`)]
    : [fine(check, directory)];
};

const checkSpace = async (directory: string): Promise<Finding> => {
  const { bavail, bsize, blocks } = await statfs(directory);
  const [free, all] = [bavail * bsize, blocks * bsize];
  const found = `${sizeText(free)} of ${sizeText(all)} are free`;
  const todo = 'delete packages that no campaign needs, or give the data directory a larger disk';
  if (free < HARDLY_ANY) return problem('free space', found, todo);
  return free < LITTLE || free < all / 20 ? warning('free space', found, todo) : fine('free space', found);
};

const checkKey = async ({ secrets, dataDirectory }: Config): Promise<Finding> => {
  const check = 'secrets key';
  if (secrets.keys !== undefined) return fine(check, 'MUSTER_SECRETS_KEY');
  const file = keyFileOf(dataDirectory);
  if (!existsSync(file)) return fine(check, 'none yet; made at the first start');
  const found = await readFile(file, 'utf8').catch(() => '');
  if (readKeys(found.trim()) === undefined) {
    return problem(
      check,
      `${file} holds no key`,
      'put the file back from where it was kept: what is sealed opens with no other key',
    );
  }
  return isOpenToOthers((await stat(file)).mode)
    ? problem(check, `others may read ${file}`, `chmod 600 ${file}`)
    : fine(check, file);
};

/** The data directory: whose it is, how much room there is, and the key in it. */
export const checkDirectory = async (config: Config): Promise<readonly Finding[]> => {
  const { dataDirectory } = config;
  if (!existsSync(dataDirectory)) {
    return [
      warning(
        'data directory',
        `${dataDirectory} is not there yet`,
        'nothing, if the server was never started',
      ),
    ];
  }
  const unfinished = isUnfinished(dataDirectory)
    ? [
        problem(
          'restore',
          'a restore into the data directory was not finished: no server starts on it',
          'muster restore again: it begins anew',
        ),
      ]
    : [];
  return [
    ...unfinished,
    ...(await checkAccess(dataDirectory)),
    await checkSpace(dataDirectory),
    await checkKey(config),
  ];
};
