import type { Refusal, RefusalCode, RefusalOf } from '../../domain/refusal.ts';
import type { Problem } from '../../wire/muster/common.ts';

type Rendering<Code extends RefusalCode> = {
  readonly status: number;
  readonly title: string;
  readonly detail: (refusal: RefusalOf<Code>) => string;
};

/** Every refusal as a problem of this wire. A new refusal does not compile until it is here. */
export const problems: { readonly [Code in RefusalCode]: Rendering<Code> } = {
  unauthenticated: {
    status: 401,
    title: 'Not signed in',
    detail: ({ reason }) =>
      reason === 'missing'
        ? 'Expected an Authorization header with a Bearer token; got none. Sign in at POST /api/v1/session.'
        : reason === 'expired'
          ? 'The token has expired. Sign in again.'
          : 'The credentials are not valid.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    detail: ({ permission }) => `This needs the permission "${permission}" in this account.`,
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    detail: ({ entity, id }) => `There is no ${entity} "${id}" in this account.`,
  },
  'already-exists': {
    status: 409,
    title: 'Already exists',
    detail: ({ entity, id }) => `There is a ${entity} "${id}" already.`,
  },
  'changed-meanwhile': {
    status: 412,
    title: 'Changed meanwhile',
    detail: ({ entity, id }) =>
      `The ${entity} "${id}" was changed since it was read. Read it again and repeat with its new version.`,
  },
  'in-use': {
    status: 409,
    title: 'In use',
    detail: ({ entity, id, by }) => `The ${entity} "${id}" is in use by ${by.join(', ')}.`,
  },
  invalid: {
    status: 422,
    title: 'Invalid value',
    detail: ({ field, expected, got }) => `${field}: expected ${expected}; got ${got}.`,
  },
  'too-large': {
    status: 413,
    title: 'Too large',
    detail: ({ limit }) => `The body may have at most ${limit} bytes.`,
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    detail: ({ retryAt }) => `Try again at ${new Date(retryAt).toISOString()}.`,
  },
  'storage-full': {
    status: 507,
    title: 'Storage full',
    detail: () => 'The disk is full; nothing was kept of this request. Free space and send it again.',
  },
  'idempotency/reused': {
    status: 422,
    title: 'Idempotency key reused',
    detail: ({ key }) => `The Idempotency-Key "${key}" was used before with another request.`,
  },
  'query/syntax': {
    status: 422,
    title: 'Query not understood',
    detail: ({ at, expected, got }) => `At character ${at + 1}: expected ${expected}; got ${got}.`,
  },
  'package/corrupt': {
    status: 422,
    title: 'Package is corrupt',
    detail: ({ problem }) => `The archive was refused and nothing was kept: ${problem}.`,
  },
  'campaign/wrong-state': {
    status: 409,
    title: 'Wrong state',
    detail: ({ action, status }) => `A campaign that is ${status} cannot do "${action}"; see allowedActions.`,
  },
  'campaign/not-editable': {
    status: 409,
    title: 'Not editable now',
    detail: ({ field, status }) =>
      `The ${field} of a campaign that is ${status} needs a new approval to change: stop it first.`,
  },
  'campaign/own-approval': {
    status: 403,
    title: 'Own approval',
    detail: () => 'Whoever created or last edited a campaign cannot approve it in this account.',
  },
  'campaign/nothing-to-send': {
    status: 409,
    title: 'Nothing to send',
    detail: () => 'The campaign has no packages. Add one to its plan first.',
  },
  'update/closed': {
    status: 409,
    title: 'Update closed',
    detail: ({ outcome }) => `The update of this device is over (${outcome}) and cannot change.`,
  },
  'update/wrong-step': {
    status: 409,
    title: 'Wrong step',
    detail: ({ command, position }) => `An update at ${position} cannot take "${command}".`,
  },
};

/** One thing wrong with a request, where, and what would be right. */
export type Flaw = { readonly at: string; readonly expected: string; readonly got: string };

/** A problem that no use case was asked about: the request itself is not one. */
export const malformed = {
  'request/malformed': { status: 400, title: 'Malformed request' },
  'request/unknown-route': { status: 404, title: 'Unknown route' },
  'request/unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'request/too-large': { status: 413, title: 'Too large' },
  'request/range-not-satisfiable': { status: 416, title: 'Range not satisfiable' },
  'request/headers-too-large': { status: 431, title: 'Headers too large' },
  'request/timed-out': { status: 408, title: 'Request timed out' },
  'server/failed': { status: 500, title: 'Server failure' },
  'server/unavailable': { status: 503, title: 'Unavailable' },
} as const;
export type MalformedCode = keyof typeof malformed;

/** Thrown where a request turns out, while it is read, to be none; the error handler answers it. */
export class MalformedRequest extends Error {
  readonly malformed: MalformedCode;

  constructor(code: MalformedCode, detail: string) {
    super(detail);
    this.malformed = code;
  }
}

const problem = (
  code: string,
  { status, title }: { readonly status: number; readonly title: string },
  detail: string,
  requestId: string,
): Problem => ({ type: `urn:muster:problem:${code}`, title, status, detail, code, requestId });

/** Thrown by rate limits in front of the handlers; every wire says it in its own form. */
export class TooManyRequests extends Error {
  readonly statusCode = 429;
  readonly refusal: RefusalOf<'too-many-requests'>;

  /** `retryAt` by the machine's clock, like the limits themselves. */
  constructor(retryAt: number) {
    super('too many requests');
    this.refusal = { code: 'too-many-requests', retryAt };
  }
}

/** The problem document of a refusal. */
export const problemOf = (refusal: Refusal, requestId: string): Problem => {
  // One code's rendering takes that code's refusal; the compiler cannot follow the link through a lookup.
  const rendering = problems[refusal.code] as Rendering<RefusalCode>;
  return problem(refusal.code, rendering, rendering.detail(refusal), requestId);
};

/** The problem document of a request that is not well formed, or that the server failed to serve. */
export const problemOfRequest = (
  code: MalformedCode,
  detail: string,
  requestId: string,
  errors: readonly Flaw[] = [],
): Problem => ({
  ...problem(code, malformed[code], detail, requestId),
  ...(errors.length > 0 ? { errors: [...errors] } : {}),
});
