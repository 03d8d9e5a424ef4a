import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LastSeen } from '../../app/last-seen.ts';
import type { Clock, Hashing, Store } from '../../app/ports.ts';
import { createShelf } from '../../app/shelf.ts';
import type { AccountKey, DeviceKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import type { EndSoon } from '../../http/end-together.ts';

/** A reply as it was sent, with its headers by turns of name and value. */
export type PollAnswer = {
  readonly status: number;
  readonly headers: readonly string[];
  readonly text: string;
};

/** To whom an answer was given, since which number of the store's, and until when whoever asked may get it. */
export type Given = {
  readonly account: AccountKey;
  readonly device: DeviceKey;
  readonly since: number;
  readonly until: Instant | null;
};

/** What is ASCII alone is the same bytes in Latin-1, which are written in half the time. */
type KeptAnswer = PollAnswer & { readonly isAscii: boolean };
type Kept = Given & { readonly identity: string; readonly answer: KeptAnswer };

export type QuickPolls = {
  /** Answers a poll as it was answered before, if that still holds; `false` where somebody else has to. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Keeps what a request was answered. Only for answers that follow from what the store's contact epochs count. */
  readonly keep: (request: IncomingMessage, url: string, given: Given, answer: PollAnswer) => void;
};

type Deps = {
  readonly store: Pick<Store, 'contactEpochs'>;
  readonly clock: Clock;
  readonly hashing: Pick<Hashing, 'sha256'>;
  readonly seen: Pick<LastSeen, 'note'>;
  /** Whether the word of some peers on others is believed. */
  readonly behindProxies: boolean;
  readonly endSoon: EndSoon;
  /** Is told of each answer: its status, and the seconds it took. */
  readonly note: (status: number, seconds: number) => void;
};

/** Some 60 MB, when each has another answer. */
const MOST = 150_000;

/**
 * Polls that are answered from memory, without the store and past the routes. An answer is kept by its path and by
 * all else in the request that could change it, and given again while the store vouches that nothing it was made of
 * has been written and the proof of the device still holds.
 */
export const createQuickPolls = (deps: Deps, most = MOST): QuickPolls => {
  const { clock, seen, endSoon, note } = deps;
  const { contactEpochs } = deps.store;
  const identityOf = identify(deps);
  const alike = shareAlike();
  const kept = createShelf<Kept>(most);

  /** A store that fails is told of by the requests that read it. */
  const isFresh = (account: AccountKey, device: DeviceKey, since: number): boolean => {
    try {
      return contactEpochs.of(account, device) <= since;
    } catch {
      return false;
    }
  };

  const find = (request: IncomingMessage): Kept | undefined => {
    const { url = '' } = request;
    const found = request.method === 'GET' ? kept.get(url) : undefined;
    if (found === undefined || hasBody(request) || found.identity !== identityOf(request)) return undefined;
    const { account, device, since, until } = found;
    if (isFresh(account, device, since) && (until === null || clock() < until)) return found;
    kept.drop(url);
    return undefined;
  };

  return {
    answer: (request, response) => {
      const began = performance.now();
      const found = find(request);
      if (found === undefined) return false;
      const { status, headers, text, isAscii } = found.answer;
      seen.note(found.account, found.device);
      // Node takes the list as it is; its types want one that may be changed.
      endSoon(response.writeHead(status, headers as string[]), text, isAscii ? 'latin1' : 'utf8');
      note(status, (performance.now() - began) / 1_000);
      return true;
    },
    keep: (request, url, given, answer) => {
      // Variants of one path are no reason to forget other devices.
      if (url.includes('?') || hasBody(request)) return;
      kept.put(url, { ...given, identity: identityOf(request), answer: alike(answer) });
    },
  };
};

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

/**
 * All in a request that the answer depends on beside its path, as a digest: no secret is kept, and how long it takes
 * to compare tells nothing of one.
 */
const identify =
  ({ hashing, behindProxies }: Pick<Deps, 'hashing' | 'behindProxies'>) =>
  ({ headers, socket }: IncomingMessage): string => {
    const own = `${headers.authorization}\n${headers.host}\n${headers.accept}\n${headers['if-none-match']}`;
    if (!behindProxies) return hashing.sha256(own);
    const told = `${headers['x-forwarded-proto']}\n${headers['x-forwarded-host']}`;
    return hashing.sha256(`${own}\n${told}\n${socket.remoteAddress}`);
  };

const MOST_ALIKE = 1_000;

/** Most of a fleet is answered in one of few ways, which are kept once. */
const shareAlike = (): ((answer: PollAnswer) => KeptAnswer) => {
  const known = new Map<string, KeptAnswer>();
  return (answer) => {
    const name = `${answer.status} ${answer.headers.join('\n')}\n${answer.text}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    if (known.size >= MOST_ALIKE) known.clear();
    const made = { ...answer, isAscii: Buffer.byteLength(answer.text) === answer.text.length };
    known.set(name, made);
    return made;
  };
};
