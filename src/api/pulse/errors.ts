import { sentenceOf } from '../../app/sentence.ts';
import type { Refusal, RefusalCode } from '../../domain/refusal.ts';
import { type GrpcError, type GrpcStatus, grpcError } from '../../wire/pulse/grpc.ts';

type Rendering = { readonly status: GrpcStatus; readonly http?: number };

/** Every refusal on this wire (reference 1.4). A new refusal does not compile until it is here. */
export const refusals: { readonly [Code in RefusalCode]: Rendering } = {
  unauthenticated: { status: 'UNAUTHENTICATED' },
  forbidden: { status: 'PERMISSION_DENIED' },
  'not-found': { status: 'NOT_FOUND' },
  'already-exists': { status: 'ALREADY_EXISTS' },
  'changed-meanwhile': { status: 'ABORTED' },
  'in-use': { status: 'FAILED_PRECONDITION' },
  invalid: { status: 'INVALID_ARGUMENT' },
  'too-large': { status: 'RESOURCE_EXHAUSTED', http: 413 },
  'too-many-requests': { status: 'RESOURCE_EXHAUSTED' },
  'storage-full': { status: 'RESOURCE_EXHAUSTED', http: 507 },
  'idempotency/reused': { status: 'INVALID_ARGUMENT' },
  'query/syntax': { status: 'INVALID_ARGUMENT' },
  'package/corrupt': { status: 'INVALID_ARGUMENT' },
  'device/not-enrolled': { status: 'FAILED_PRECONDITION' },
  'campaign/wrong-state': { status: 'FAILED_PRECONDITION' },
  'campaign/not-editable': { status: 'FAILED_PRECONDITION' },
  'campaign/own-approval': { status: 'PERMISSION_DENIED' },
  'campaign/nothing-to-send': { status: 'FAILED_PRECONDITION' },
  'update/closed': { status: 'FAILED_PRECONDITION' },
  'update/wrong-step': { status: 'FAILED_PRECONDITION' },
};

/** Thrown where a request turns out, while it is read, to be none. */
export class BadRequest extends Error {
  readonly status: GrpcStatus;
  readonly http: number | undefined;
  /** What the header says in place of the message. */
  readonly phrase: string | undefined;

  constructor(message: string, status: GrpcStatus = 'INVALID_ARGUMENT', http?: number, phrase?: string) {
    super(message);
    this.status = status;
    this.http = http;
    this.phrase = phrase;
  }
}

/** The error of a refusal. */
export const errorOf = (refusal: Refusal): GrpcError => {
  const { status, http } = refusals[refusal.code];
  return grpcError(status, sentenceOf(refusal), http);
};
