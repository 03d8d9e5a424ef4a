import type { Result } from '../domain/result.ts';
import type { Destination } from './delivery-records.ts';

/** A message on its way out. */
export type PushRequest = {
  /** As `check` gave it. */
  readonly url: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly authentication: Destination['authentication'];
  readonly body: string;
  /** The only certificates (PEM) that are trusted; empty means those that everybody trusts. */
  readonly trust: string;
  /** For all of it, in milliseconds. */
  readonly timeout: number;
};

/** What came of it: an answer with the first 1,024 bytes of its body, or why none came; `took` in milliseconds. */
export type Pushed =
  | {
      readonly status: number;
      readonly answer: string;
      /** The Retry-After header as it came; empty without one. */
      readonly retryAfter: string;
      readonly took: number;
    }
  | { readonly problem: string; readonly took: number };

/** Sends messages to other servers, but to none that could be inside our own network unless that is allowed. */
export interface Push {
  /** The URL in its normal form, or what was expected instead and where. Looks no name up. */
  check(
    target: Pick<PushRequest, 'url' | 'trust'>,
  ): Result<string, { readonly field: 'url' | 'trust'; readonly expected: string }>;
  /** POSTs once. Follows no redirects and never throws. */
  send(request: PushRequest): Promise<Pushed>;
}
