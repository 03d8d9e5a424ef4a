import type { Refusal, RefusalCode, RefusalOf } from '../../domain/refusal.ts';
import type { ErrorBody } from '../../wire/ddi/documents.ts';

type Rendering<Code extends RefusalCode> = {
  readonly status: number | ((refusal: RefusalOf<Code>) => number);
  /** hawkBit's own word where it has one; programs may know it. */
  readonly code: string;
  readonly message: (refusal: RefusalOf<Code>) => string;
};

const own = (code: string): string => `muster.server.error.${code}`;
const hawkbit = (code: string): string => `hawkbit.server.error.${code}`;
const campaignOnly = { status: 409, message: () => 'Not possible in the present state.' } as const;

/** Every refusal on this wire (1.2). A new refusal does not compile until it is here. */
export const refusals: { readonly [Code in RefusalCode]: Rendering<Code> } = {
  unauthenticated: { status: 401, code: own('unauthenticated'), message: () => '' },
  forbidden: { status: 403, code: own('forbidden'), message: () => 'Not allowed.' },
  'not-found': {
    status: 404,
    code: hawkbit('repo.entityNotFound'),
    message: ({ entity, id }) => `There is no ${entity} "${id}" for this device.`,
  },
  'already-exists': {
    status: 409,
    code: own('alreadyExists'),
    message: ({ entity, id }) => `There is such a ${entity} for "${id}" already.`,
  },
  'changed-meanwhile': {
    status: 409,
    code: own('changedMeanwhile'),
    message: () => 'Others kept writing; send it again.',
  },
  'in-use': { status: 409, code: own('inUse'), message: () => 'Something else needs it.' },
  invalid: {
    status: 400,
    code: hawkbit('rest.body.notReadable'),
    message: ({ field, expected, got }) => `${field}: expected ${expected}; got ${got}.`,
  },
  'too-large': {
    status: 413,
    code: own('tooLarge'),
    message: ({ limit }) => `Expected a body of at most ${limit} bytes.`,
  },
  'too-many-requests': {
    status: 429,
    code: hawkbit('quota.tooManyEntries'),
    message: () => 'Too many; try again later.',
  },
  // Clients come again after a 429; most take a 5xx for the end of the report.
  'storage-full': {
    status: 429,
    code: hawkbit('quota.tooManyEntries'),
    message: () => 'There is no room at present; nothing was kept. Send it again later.',
  },
  'idempotency/reused': { ...campaignOnly, code: own('idempotencyReused') },
  'query/syntax': { status: 400, code: own('querySyntax'), message: () => 'A query is not understood.' },
  'package/corrupt': { ...campaignOnly, code: own('packageCorrupt') },
  'device/not-enrolled': { ...campaignOnly, code: own('notEnrolled') },
  'campaign/wrong-state': { ...campaignOnly, code: own('campaignState') },
  'campaign/not-editable': { ...campaignOnly, code: own('campaignState') },
  'campaign/own-approval': { ...campaignOnly, code: own('campaignState') },
  'campaign/nothing-to-send': { ...campaignOnly, code: own('campaignState') },
  'update/closed': {
    status: 410,
    code: own('actionClosed'),
    message: ({ outcome }) => `The action is over (${outcome}).`,
  },
  'update/wrong-step': {
    status: ({ command }) => (command === 'answer-recall' ? 405 : 404),
    code: hawkbit('action.notCancelable'),
    message: ({ command }) =>
      command === 'answer-recall' ? 'The action is not being cancelled.' : 'The action is not offered yet.',
  },
};

/** What a request is that no use case was asked about. */
export const malformed = {
  body: { status: 400, code: hawkbit('rest.body.notReadable') },
  attributes: { status: 400, code: hawkbit('repo.invalidTargetAttributes') },
  quota: { status: 429, code: hawkbit('quota.tooManyEntries') },
  resource: { status: 404, code: hawkbit('repo.entityNotFound') },
  method: { status: 405, code: own('methodNotAllowed') },
  accept: { status: 406, code: own('notAcceptable') },
  precondition: { status: 412, code: own('preconditionFailed') },
  size: { status: 413, code: own('tooLarge') },
  type: { status: 415, code: own('unsupportedMediaType') },
  range: { status: 416, code: own('rangeNotSatisfiable') },
  failed: { status: 500, code: own('failed') },
} as const;
export type MalformedCode = keyof typeof malformed;

export type WireError = { readonly status: number; readonly body: ErrorBody };

const wireError = (status: number, errorCode: string, message: string): WireError => ({
  status,
  body: { exceptionClass: errorCode.slice(errorCode.lastIndexOf('.') + 1), errorCode, message },
});

/** The reply to a refusal. */
export const errorOf = (refusal: Refusal): WireError => {
  // One code's rendering takes that code's refusal; the compiler cannot follow the link through a lookup.
  const { status, code, message } = refusals[refusal.code] as Rendering<RefusalCode>;
  return wireError(typeof status === 'number' ? status : status(refusal), code, message(refusal));
};

/** The reply to a request that is not well formed, or that the server failed to serve. */
export const errorOfRequest = (code: MalformedCode, message: string): WireError =>
  wireError(malformed[code].status, malformed[code].code, message);

/** Thrown where a request turns out to be none; the error handler answers it. */
export class MalformedRequest extends Error {
  readonly malformed: MalformedCode;

  constructor(code: MalformedCode, message: string) {
    super(message);
    this.malformed = code;
  }
}
