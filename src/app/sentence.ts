import type { Refusal, RefusalCode, RefusalOf } from '../domain/refusal.ts';

type Sentences = { readonly [Code in RefusalCode]: (refusal: RefusalOf<Code>) => string };

/** Ids in a message at most. */
const MOST_NAMED = 20;

const listed = (ids: readonly string[]): string => {
  const named = ids.slice(0, MOST_NAMED).map((id) => `"${id}"`);
  const more = ids.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
};

const sentences: Sentences = {
  unauthenticated: ({ reason }) =>
    reason === 'missing'
      ? 'Expected an Authorization header with a Bearer token; got none.'
      : reason === 'expired'
        ? 'The token has expired. Sign in again.'
        : 'The credentials are not valid.',
  forbidden: ({ permission }) => `This needs the permission "${permission}" in this account.`,
  'not-found': ({ entity, id, others = [] }) =>
    `There is no ${entity} ${listed([id, ...others])} in this account.`,
  'already-exists': ({ entity, id }) =>
    `There is ${/^[aeo]/.test(entity) ? 'an' : 'a'} ${entity} "${id}" already.`,
  'changed-meanwhile': ({ entity, id }) =>
    `The ${entity} "${id}" was changed since it was read. Read it again and repeat with its new version.`,
  'in-use': ({ entity, id, by }) => `The ${entity} "${id}" is in use by ${by.join(', ')}.`,
  invalid: ({ field, expected, got }) => `${field}: expected ${expected}; got ${got}.`,
  'too-large': ({ limit }) => `The body may have at most ${limit} bytes.`,
  'too-many-requests': ({ retryAt }) => `Try again at ${new Date(retryAt).toISOString()}.`,
  'storage-full': () => 'The disk is full; nothing was kept of this request. Free space and send it again.',
  'idempotency/reused': ({ key }) => `The Idempotency-Key "${key}" was used before with another request.`,
  'query/syntax': ({ at, expected, got }) => `At character ${at + 1}: expected ${expected}; got ${got}.`,
  'package/corrupt': ({ problem }) => `The archive was refused and nothing was kept: ${problem}.`,
  'device/not-enrolled': ({ id }) => `The device "${id}" is not enrolled: enrol it first.`,
  'campaign/wrong-state': ({ action, status }) => `A campaign that is ${status} cannot do "${action}".`,
  'campaign/not-editable': ({ field, status }) =>
    `The ${field} of a campaign that is ${status} needs a new approval to change: stop it first.`,
  'campaign/own-approval': () =>
    'Whoever created or last edited a campaign cannot approve it in this account.',
  'campaign/nothing-to-send': () => 'The campaign has no packages. Add one to its plan first.',
  'update/closed': ({ outcome }) => `The update of this device is over (${outcome}) and cannot change.`,
  'update/wrong-step': ({ command, position }) => `An update at ${position} cannot take "${command}".`,
};

/** Why Muster said no, in one English sentence, for every wire that has room for one. */
export const sentenceOf = (refusal: Refusal): string => {
  // One code's sentence takes that code's refusal; the compiler cannot follow the link through a lookup.
  const sentence = sentences[refusal.code] as (refusal: Refusal) => string;
  return sentence(refusal);
};
