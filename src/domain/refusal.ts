import type { Instant } from './time.ts';

/** What a refusal can be about. */
export type Entity =
  | 'account'
  | 'user'
  | 'role'
  | 'token'
  | 'device'
  | 'credential'
  | 'package'
  | 'upload'
  | 'query'
  | 'campaign'
  | 'update'
  | 'job'
  | 'command'
  | 'document'
  | 'destination'
  | 'subscription'
  | 'delivery';

/**
 * Every reason for which Muster says no, with the data that explains it. No statuses and no prose: each
 * adapter has one exhaustive table from code to its wire's error, so a new code breaks the build until
 * every wire has decided.
 */
export type Refusal =
  | { readonly code: 'unauthenticated'; readonly reason: 'missing' | 'invalid' | 'expired' }
  | { readonly code: 'forbidden'; readonly permission: string }
  | {
      readonly code: 'not-found';
      readonly entity: Entity;
      readonly id: string;
      /** When several were asked for at once: the others that are not there. */
      readonly others?: readonly string[];
    }
  | { readonly code: 'already-exists'; readonly entity: Entity; readonly id: string }
  | { readonly code: 'changed-meanwhile'; readonly entity: Entity; readonly id: string }
  | { readonly code: 'in-use'; readonly entity: Entity; readonly id: string; readonly by: readonly string[] }
  | { readonly code: 'invalid'; readonly field: string; readonly expected: string; readonly got: string }
  | { readonly code: 'too-large'; readonly limit: number }
  | { readonly code: 'too-many-requests'; readonly retryAt: Instant }
  | { readonly code: 'storage-full' }
  | { readonly code: 'idempotency/reused'; readonly key: string }
  | { readonly code: 'query/syntax'; readonly at: number; readonly expected: string; readonly got: string }
  | { readonly code: 'package/corrupt'; readonly problem: string }
  /** A device that was not enrolled, or gave that up, gets nothing to do. */
  | { readonly code: 'device/not-enrolled'; readonly id: string }
  | { readonly code: 'campaign/wrong-state'; readonly action: string; readonly status: string }
  | { readonly code: 'campaign/not-editable'; readonly field: string; readonly status: string }
  | { readonly code: 'campaign/own-approval' }
  | { readonly code: 'campaign/nothing-to-send' }
  | { readonly code: 'update/closed'; readonly outcome: string }
  | { readonly code: 'update/wrong-step'; readonly command: string; readonly position: string };

export type RefusalCode = Refusal['code'];
export type RefusalOf<Code extends RefusalCode> = Extract<Refusal, { readonly code: Code }>;
