import type { FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';
import type { Naming } from './from-schema.ts';

/** One operation of a dialect, as its table of routes says it. */
export type Operation = {
  readonly name: string;
  readonly method: string;
  /** The whole path, with `:name` parameters. */
  readonly path: string;
  readonly query: TSchema | undefined;
  readonly body: TSchema | undefined;
  /** Media types of a body that is bytes, or a form. */
  readonly bytes: readonly string[];
  /** Its refusals take their time, so that nobody learns from how long they take. */
  readonly isSlow: boolean;
};

/** Who sends a request: somebody of the account, of another account or of the server, nobody, or a made-up secret. */
export type Who = 'own' | 'foreign' | 'server' | 'nobody' | 'nonsense';

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
};

/** A request as it went out. */
export type Sent = {
  readonly operation: Operation;
  readonly who: Who;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | Buffer | undefined;
  /** All of its parts are as their schemas say, and it is the one of the operation. */
  readonly isValid: boolean;
  /** Its path leads to the operation. */
  readonly isRouted: boolean;
};

/** A server with two accounts that are full of things. */
export type House = {
  readonly app: FastifyInstance;
  /** The headers by which somebody is known. */
  readonly headersOf: (who: Who) => Readonly<Record<string, string>>;
  /** The id of something that is there; kinds of the other account begin with `foreign_`. */
  readonly idOf: (kind: string, number: number) => string;
  /** Somebody was signed out by what was asked; they sign in again. */
  readonly renew: () => Promise<void>;
  /** Fills the account again, since much of it was deleted. */
  readonly refill: () => Promise<void>;
  /** Something of this kind was made. */
  readonly learn: (kind: string, id: string) => void;
  /** Stands in what the other account keeps, and nowhere else. */
  readonly marker: string;
  readonly close: () => Promise<void>;
};

export type Dialect = {
  readonly name: string;
  readonly operations: readonly Operation[];
  /** Which kind of thing a member of a body or query names. */
  readonly naming: Naming;
  /** Which kind of thing a parameter of a path names. */
  readonly kindOf: (parameter: string) => string;
  readonly open: (seed: number) => Promise<House>;
  /** What is wrong with an answer; nothing when it is as documented. */
  readonly judge: (sent: Sent, answer: Answer) => string | undefined;
};

/** The JSON of an answer; `undefined` where it is none. */
export const jsonIn = ({ text }: Pick<Answer, 'text'>): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
