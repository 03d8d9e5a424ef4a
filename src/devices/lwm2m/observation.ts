import type { Hashing } from '../../app/ports.ts';

/** What is observed of a device while an update of it is under way. */
export const observed = ['state', 'result'] as const;
export type Observed = (typeof observed)[number];

/** Tokens that are computed instead of kept (D.2): whoever has the key recognises them after a restart. */
export type Tokens = {
  /** Eight bytes: what it is, and a code over the registration that it belongs to. */
  readonly of: (registration: string, what: Observed) => Uint8Array;
  /** What a token of this registration stands for; `undefined` for one of another registration, or of anybody. */
  readonly read: (registration: string, token: Uint8Array) => Observed | undefined;
};

const LENGTH = 8;

export const createTokens = (hashing: Pick<Hashing, 'hmacSha256'>, key: string): Tokens => {
  const of = (registration: string, what: Observed): Uint8Array => {
    const code = Buffer.from(hashing.hmacSha256(key, `${registration} ${what}`), 'base64');
    return Uint8Array.of(observed.indexOf(what) + 1, ...code.subarray(0, LENGTH - 1));
  };
  return {
    of,
    read: (registration, token) => {
      const what = token.length === LENGTH ? observed[(token[0] ?? 0) - 1] : undefined;
      return what !== undefined && Buffer.compare(of(registration, what), token) === 0 ? what : undefined;
    },
  };
};
