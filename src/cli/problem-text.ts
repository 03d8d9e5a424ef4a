import type { Problem } from '../wire/muster/common.ts';
import type { Ending } from './exit-codes.ts';

/** What to try after a refusal, by its code; a status stands for codes that have nothing of their own. */
const nextByCode: Readonly<Record<string, string>> = {
  unauthenticated: 'muster login',
  forbidden: 'muster whoami (shows what you may do), or ask an administrator',
  'changed-meanwhile': 'the same command again, after a look at what changed',
  'campaign/wrong-state': 'muster campaign show <campaign> (shows what it allows now)',
  'campaign/not-editable': 'muster campaign show <campaign> (shows what it allows now)',
  'campaign/own-approval': 'have another person run: muster campaign approve <campaign>',
  'campaign/nothing-to-send': 'name packages in the plan: muster package list',
  'query/syntax': 'muster query preview <expression>',
  'package/corrupt': 'muster package verify <package> <file>',
  'too-many-requests': 'the same command again in a few seconds',
  'server/unavailable': 'the same command again in a few seconds; muster doctor on the server',
  'request/unknown-route': 'a command line of the same version as the server',
};

const nouns: readonly string[] = ['device', 'package', 'campaign', 'query', 'user', 'token', 'account'];

/** The list in which a thing would be found that is not there. */
const listFor = (detail: string): string | undefined => {
  const noun = nouns.find((word) => detail.toLowerCase().includes(word));
  return noun && `muster ${noun} list`;
};

/** The next thing to try after a refusal, where one is known. */
export const nextStep = ({ code, detail, errors }: Problem): string | undefined => {
  if (errors?.some(({ at }) => at === 'confirm') || detail.includes('confirm'))
    return 'the same command with --yes';
  return code === 'not-found' ? listFor(detail) : nextByCode[code];
};

const endings: Readonly<Record<number, Ending>> = { 401: 'not-signed-in', 403: 'not-signed-in' };

/** How a command ends that was refused: by the fault of the caller, or not. */
export const endingOf = ({ status, code }: Problem): Ending => {
  if (code === 'client/unexpected-reply') return 'failed';
  return endings[status] ?? (status >= 500 ? 'failed' : 'refused');
};

/** A refusal in words: what is wrong, where, and under which code and request. */
export const problemText = ({ title, detail, code, requestId, errors = [] }: Problem): string => {
  const untold = errors.filter(({ expected }) => !detail.includes(expected));
  const fields = untold.map(({ at, expected, got }) => `  ${at}: expected ${expected}, got ${got}\n`);
  const request = requestId === '' ? '' : `, request ${requestId}`;
  return `${title}: ${detail} (${code}${request})\n${fields.join('')}`;
};
