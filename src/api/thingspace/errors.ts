import { sentenceOf } from '../../app/sentence.ts';
import type { Entity, Refusal, RefusalCode, RefusalOf } from '../../domain/refusal.ts';
import type { ErrorBody, FaultBody, OauthErrorBody } from '../../wire/thingspace/common.ts';

/** An error as it leaves. Clients read the body of a 400 alone (reference 4), so all that is not transport is one. */
export type WireError = {
  readonly http: number;
  readonly body: ErrorBody | FaultBody | OauthErrorBody;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The code of almost everything (reference 4). */
const INVALID_PARAMETER = 'INVALID_PARAMETER';
/** What codes of the session calls begin with; clients are told to compare the ends (reference 2.3). */
const UNIFIED = 'UnifiedWebService.REQUEST_FAILED';

export const errorBody = (errorMessage: string, errorCode: string = INVALID_PARAMETER): WireError => ({
  http: 400,
  body: { errorCode, errorMessage },
});

const transport = (http: number, errorCode: string, errorMessage: string): WireError => ({
  http,
  body: { errorCode, errorMessage },
});

/** Thrown where a request turns out, while it is read, to be none; also for what only this wire forbids. */
export class BadRequest extends Error {
  readonly wire: WireError;

  constructor(message: string, code: string = INVALID_PARAMETER) {
    super(message);
    this.wire = errorBody(message, code);
  }
}

/** Thrown with another form of error. */
export class Refused extends Error {
  readonly wire: WireError;

  constructor(wire: WireError) {
    super(`answered with ${wire.http}`);
    this.wire = wire;
  }
}

const notFound: Partial<Readonly<Record<Entity, string>>> = {
  account: 'Account not found',
  device: 'Device not found',
  campaign: 'Campaign not found',
  package: 'Software not found',
};

/** Every refusal on this wire. A new refusal does not compile until it is here. */
const refusals: { readonly [Code in RefusalCode]: (refusal: RefusalOf<Code>) => WireError } = {
  unauthenticated: ({ reason }) =>
    reason === 'missing'
      ? errorBody('Session token is missing', `${UNIFIED}.SessionToken.Missing`)
      : errorBody('Session token is not valid or has expired', `${UNIFIED}.SessionToken.Expired`),
  forbidden: (refusal) => errorBody(sentenceOf(refusal), 'INVALID_ACCESS'),
  'not-found': (refusal) => errorBody(notFound[refusal.entity] ?? sentenceOf(refusal)),
  'already-exists': (refusal) => errorBody(sentenceOf(refusal)),
  'changed-meanwhile': (refusal) => errorBody(sentenceOf(refusal)),
  'in-use': (refusal) => errorBody(sentenceOf(refusal)),
  invalid: (refusal) => errorBody(sentenceOf(refusal)),
  'too-large': (refusal) => transport(413, 'REQUEST_TOO_LARGE', sentenceOf(refusal)),
  'too-many-requests': (refusal) => transport(429, 'TOO_MANY_REQUESTS', sentenceOf(refusal)),
  'storage-full': (refusal) => transport(507, 'INTERNAL_SYSTEM_ERROR', sentenceOf(refusal)),
  'idempotency/reused': (refusal) => errorBody(sentenceOf(refusal)),
  'query/syntax': (refusal) => errorBody(sentenceOf(refusal)),
  'package/corrupt': (refusal) => errorBody(sentenceOf(refusal)),
  'device/not-enrolled': (refusal) => errorBody(sentenceOf(refusal)),
  'campaign/wrong-state': (refusal) => errorBody(sentenceOf(refusal)),
  'campaign/not-editable': (refusal) => errorBody(sentenceOf(refusal)),
  'campaign/own-approval': (refusal) => errorBody(sentenceOf(refusal), 'INVALID_ACCESS'),
  'campaign/nothing-to-send': (refusal) => errorBody(sentenceOf(refusal)),
  'update/closed': (refusal) => errorBody(sentenceOf(refusal)),
  'update/wrong-step': (refusal) => errorBody(sentenceOf(refusal)),
};

/** The error of a refusal. */
export const errorOf = (refusal: Refusal): WireError => {
  // One code's rendering takes that code's refusal; the compiler cannot follow the link through a lookup.
  const render = refusals[refusal.code] as (refusal: Refusal) => WireError;
  return render(refusal);
};

const fault = (code: string, message: string, description: string, challenge: string): WireError => ({
  http: 401,
  body: { fault: { code, message, description } },
  headers: { 'www-authenticate': challenge },
});

/** What the gateway in front says of the bearer, in place of the API behind it (reference 2.3). */
export const faults = {
  missing: fault(
    '900902',
    'Missing Credentials',
    'Required OAuth credentials not provided. Make sure your API invocation call has a header: "Authorization: Bearer ACCESS_TOKEN"',
    'Bearer realm="muster"',
  ),
  invalid: fault(
    '900901',
    'Invalid Credentials',
    'Access failure: the access token is not valid or has expired.',
    'Bearer error="invalid_token"',
  ),
} as const;

/** What the token endpoint says (RFC 6749, 5.2). */
export const oauthError = (
  error: 'invalid_client' | 'invalid_request' | 'unsupported_grant_type',
  description: string,
): WireError => ({
  http: error === 'invalid_client' ? 401 : 400,
  body: { error, error_description: description },
  ...(error === 'invalid_client' && {
    headers: { 'www-authenticate': 'Basic realm="muster", charset="UTF-8"' },
  }),
});

/** A log-in that failed, whatever is wrong with it. */
export const logInFailed: WireError = errorBody(
  'The user name or the password is not valid, or the user is locked out',
  `${UNIFIED}.InvalidCredentials`,
);
