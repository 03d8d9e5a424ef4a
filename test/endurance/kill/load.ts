import type { Actor } from './actors.ts';
import type { Ledger } from './ledger.ts';
import type { Insisted, Message, Wire } from './wire.ts';

/** What every part of a load works with. */
export type Deps = {
  readonly wire: Wire;
  readonly ledger: Ledger;
  /** From 0 to below 1; the same in each run of the same seed. */
  readonly random: () => number;
  /** Ids begin with it. */
  readonly prefix: string;
};

/** One part of a mixed load: those who write, and what they know has to be there. */
export type Load = {
  readonly actors: readonly Actor[];
  /** Holds what was acknowledged against what the server has; nobody writes meanwhile. */
  readonly audit: () => Promise<void>;
};

/** Sends until it is answered, and notes the write where it was acknowledged. */
export const write = async (
  { wire, ledger }: Deps,
  kind: string,
  message: Message,
  /** Answers, beside success, that say that an earlier one without an answer had done it. */
  doneBefore: readonly number[] = [],
): Promise<Insisted> => {
  const answer = await wire.insist(message);
  const { status, doubts } = answer;
  if (status < 300 || (doubts > 0 && doneBefore.includes(status))) ledger.note(kind);
  else
    ledger.flaw('wrong', `${message.method} ${message.path}: ${status} ${answer.bytes} (${doubts} doubts)`);
  return answer;
};

/** The value at a path of names; undefined where there is none. */
export const at = (value: unknown, ...names: readonly string[]): unknown => {
  const [name, ...rest] = names;
  if (name === undefined) return value;
  return typeof value === 'object' && value !== null
    ? at((value as Readonly<Record<string, unknown>>)[name], ...rest)
    : undefined;
};

/** The items of a list of the Muster API, all pages of it. */
export const listAll = async (wire: Wire, path: string): Promise<readonly unknown[]> => {
  const items: unknown[] = [];
  let cursor: unknown = '';
  while (typeof cursor === 'string') {
    const query = `${path.includes('?') ? '&' : '?'}limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const { status, body, bytes } = await wire.insist({ method: 'GET', path: `${path}${query}` });
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${bytes}`);
    items.push(...((at(body, 'items') as readonly unknown[]) ?? []));
    cursor = at(body, 'next');
  }
  return items;
};
