import type { Reason } from '../domain/update.ts';

/**
 * Where devices tell a failure in words alone, the first line of this table that fits tells the reason.
 * SWUpdate's "No suitable .swu image found" is none of them: it ends with that whatever went wrong.
 */
const reasonWords: readonly (readonly [RegExp, Reason])[] = [
  [/check ?sum|\bhash|digest|\bsha-?(1|256)\b|\bmd5\b/i, 'checksum-mismatch'],
  [/no space|not enough (free )?space|insufficient .*space|disk (is )?full|ENOSPC|too big/i, 'no-space'],
  [/incompatible|compatible.*(match|expected)|hardware|wrong (image|package)/i, 'wrong-package'],
  [/unsupported|not supported/i, 'unsupported'],
  [/connection|network|timed? ?out|timeout|resolve|unreachable/i, 'connection-lost'],
  [/download/i, 'download-failed'],
];

/** The reason that a device's words tell, if any. */
export const reasonIn = (words: string): Reason | undefined =>
  reasonWords.find(([pattern]) => pattern.test(words))?.[1];
