import { createHash } from 'node:crypto';

const LONGEST_SCOPE = 200;

/**
 * Under which text a scope is kept. Scopes hold values of attributes, which may be longer than an index takes, or no
 * text that a database takes: of those the beginning and a digest are kept, which is longer than any that is kept whole.
 */
export const keptScope = (scope: string): string => {
  if (scope.length <= LONGEST_SCOPE && scope.isWellFormed() && !scope.includes('\u0000')) return scope;
  const beginning = scope.slice(0, LONGEST_SCOPE).toWellFormed().replaceAll('\u0000', '\ufffd');
  return `${beginning.padEnd(LONGEST_SCOPE)}#${createHash('sha256').update(scope, 'utf16le').digest('hex')}`;
};
