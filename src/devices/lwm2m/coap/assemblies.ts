import { sizeOf } from './block.ts';
import type { CoapLimits } from './limits.ts';
import { EXCHANGE_LIFETIME } from './limits.ts';
import { codeByte } from './message.ts';
import type { IncomingRequest } from './requests.ts';

/** What a block of a request leads to: an answer to the block alone, or the payload of all of them. */
export type Assembled =
  | { readonly ok: true; readonly payload: Uint8Array }
  | { readonly ok: false; readonly code: number };

/** Requests of devices that come in blocks (RFC 7959 2.5), one of a peer at a time. */
export type Assemblies = {
  readonly add: (key: string, request: IncomingRequest) => Assembled;
  readonly forget: (key: string) => void;
};

type Assembly = {
  readonly name: string;
  readonly chunks: Uint8Array[];
  length: number;
  until: number;
};

const CONTINUE = codeByte('2.31');
const BAD_REQUEST = codeByte('4.00');
const INCOMPLETE = codeByte('4.08');
const TOO_LARGE = codeByte('4.13');

const nameOf = ({ method, path, query, tag }: IncomingRequest): string =>
  JSON.stringify([method, path, query, tag]);

export const createAssemblies = (
  clock: () => number,
  limits: Pick<CoapLimits, 'request' | 'assemblies'>,
): Assemblies => {
  const open = new Map<string, Assembly>();

  /** Those that stood still longest are first. */
  const forgetOver = (now: number): void => {
    for (const [key, { until }] of open) {
      if (until > now) return;
      open.delete(key);
    }
  };

  /** A new one takes the place of what this peer began before; of too many, the one that stood still longest. */
  const begin = (key: string, name: string): Assembly => {
    const now = clock();
    open.delete(key);
    forgetOver(now);
    const [oldest] = open.size >= limits.assemblies ? open.keys() : [];
    if (oldest !== undefined) open.delete(oldest);
    const assembly = { name, chunks: [], length: 0, until: now + EXCHANGE_LIFETIME };
    open.set(key, assembly);
    return assembly;
  };

  const current = (key: string, name: string): Assembly | undefined => {
    const known = open.get(key);
    return known !== undefined && known.name === name && known.until > clock() ? known : undefined;
  };

  const refuse = (key: string, code: number): Assembled => {
    open.delete(key);
    return { ok: false, code };
  };

  return {
    forget: (key) => void open.delete(key),
    add: (key, request) => {
      const { block1, payload, size1 = 0 } = request;
      if (size1 > limits.request || payload.length > limits.request) return refuse(key, TOO_LARGE);
      if (block1 === undefined) return { ok: true, payload };
      const { num, more, szx } = block1;
      const isWhole = more ? payload.length === sizeOf(szx) : payload.length <= sizeOf(szx);
      if (!isWhole) return refuse(key, BAD_REQUEST);
      if (num === 0 && !more) return { ok: true, payload };
      const name = nameOf(request);
      const assembly = num === 0 ? begin(key, name) : current(key, name);
      if (assembly === undefined) return refuse(key, INCOMPLETE);
      const offset = num * sizeOf(szx);
      // The block before, once more: its answer was lost for longer than its message id was kept.
      if (more && offset + payload.length === assembly.length) return { ok: false, code: CONTINUE };
      if (offset !== assembly.length) return refuse(key, INCOMPLETE);
      if (offset + payload.length > limits.request) return refuse(key, TOO_LARGE);
      // A view would keep its whole datagram.
      assembly.chunks.push(new Uint8Array(payload));
      assembly.length += payload.length;
      open.delete(key);
      if (more) {
        assembly.until = clock() + EXCHANGE_LIFETIME;
        open.set(key, assembly);
        return { ok: false, code: CONTINUE };
      }
      return { ok: true, payload: Buffer.concat(assembly.chunks) };
    },
  };
};
