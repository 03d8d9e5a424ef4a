import { sentenceOf } from '../../app/sentence.ts';
import type { Refusal, RefusalCode, RefusalOf } from '../../domain/refusal.ts';
import type { Problem } from '../../wire/muster/common.ts';

type Rendering = { readonly status: number; readonly title: string };

/** Every refusal as a problem of this wire. A new refusal does not compile until it is here. */
export const problems = {
  unauthenticated: { status: 401, title: 'Not signed in' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  'already-exists': { status: 409, title: 'Already exists' },
  'changed-meanwhile': { status: 412, title: 'Changed meanwhile' },
  'in-use': { status: 409, title: 'In use' },
  invalid: { status: 422, title: 'Invalid value' },
  'too-large': { status: 413, title: 'Too large' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'storage-full': { status: 507, title: 'Storage full' },
  'idempotency/reused': { status: 422, title: 'Idempotency key reused' },
  'query/syntax': { status: 422, title: 'Query not understood' },
  'package/corrupt': { status: 422, title: 'Package is corrupt' },
  'device/not-enrolled': { status: 409, title: 'Not enrolled' },
  'campaign/wrong-state': { status: 409, title: 'Wrong state' },
  'campaign/not-editable': { status: 409, title: 'Not editable now' },
  'campaign/own-approval': { status: 403, title: 'Own approval' },
  'campaign/nothing-to-send': { status: 409, title: 'Nothing to send' },
  'update/closed': { status: 409, title: 'Update closed' },
  'update/wrong-step': { status: 409, title: 'Wrong step' },
} as const satisfies { readonly [Code in RefusalCode]: Rendering };

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

/** Durations are in seconds here, and named so. */
const shownFields: Readonly<Record<string, string>> = {
  spread: 'spreadSeconds',
  soak: 'soakSeconds',
  backOff: 'backOffSeconds',
  coolDown: 'coolDownSeconds',
};

/** `retry.backOff` as `/retry/backOffSeconds`: where in the request it is. */
const pointerOf = (field: string): string =>
  field
    .split('.')
    .map((part) => `/${shownFields[part] ?? part}`)
    .join('');

const flawOf = (refusal: Refusal): readonly Flaw[] =>
  refusal.code === 'invalid'
    ? [{ at: pointerOf(refusal.field), expected: refusal.expected, got: refusal.got }]
    : [];

/** The problem document of a refusal. */
export const problemOf = (refusal: Refusal, requestId: string): Problem =>
  withFlaws(problem(refusal.code, problems[refusal.code], sentenceOf(refusal), requestId), flawOf(refusal));

/** The problem document of a request that is not well formed, or that the server failed to serve. */
export const problemOfRequest = (
  code: MalformedCode,
  detail: string,
  requestId: string,
  errors: readonly Flaw[] = [],
): Problem => withFlaws(problem(code, malformed[code], detail, requestId), errors);

const withFlaws = (told: Problem, errors: readonly Flaw[]): Problem =>
  errors.length === 0 ? told : { ...told, errors: [...errors] };
