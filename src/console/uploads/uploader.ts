import { type Client, ProblemError } from '../../client/muster.ts';
import type { UploadMetadata } from '../../wire/muster/packages.ts';
import type { Value } from '../data/store.ts';
import { newSha256 } from '../words/sha256.ts';
import { FIRST_PIECE, nextPiece, waitAfter } from './pieces.ts';

/** Where an upload stands. `interrupted` goes on by itself; `refused` waits for what was said to be put right. */
export type UploadStatus = 'sending' | 'paused' | 'interrupted' | 'finishing' | 'refused' | 'failed' | 'done';

/** An upload as it is shown. */
export type UploadTask = {
  readonly id: string;
  readonly account: string;
  readonly fileName: string;
  readonly size: number;
  readonly said: UploadMetadata;
  readonly status: UploadStatus;
  readonly sent: number;
  /** Bytes in a second, of the latest piece. */
  readonly speed: number | undefined;
  readonly hashed: number;
  /** Of the file here, in hex, once all of it is read. */
  readonly sha256: string | undefined;
  readonly problem: string | undefined;
  /** The package that it has become. */
  readonly made: string | undefined;
};

/** What an upload needs of the API. */
export type UploadClient = Pick<
  Client,
  'beginUpload' | 'getUpload' | 'appendUpload' | 'finishUpload' | 'dropUpload'
>;

/** A file as a browser gives it. */
export type Source = {
  readonly name: string;
  readonly size: number;
  readonly slice: (from: number, to: number) => Blob;
};

export type UploaderOptions = {
  readonly tasks: Value<readonly UploadTask[]>;
  readonly now?: () => number;
  readonly rest?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly newId?: () => string;
  /** A package was made. */
  readonly onMade?: (task: UploadTask) => void;
  /** A call was refused for want of a session. */
  readonly onExpired?: () => void;
};

export type Uploader = {
  readonly start: (client: UploadClient, account: string, file: Source, said: UploadMetadata) => string;
  readonly pause: (id: string) => void;
  readonly resume: (id: string) => void;
  /** Says something else of bytes that have arrived, and tries again to make the package. */
  readonly amend: (id: string, said: UploadMetadata) => void;
  /** Stops it if need be, and takes it off the list. */
  readonly drop: (id: string) => void;
};

type Running = {
  readonly client: UploadClient;
  readonly file: Source;
  readonly hash: Promise<string>;
  readonly over: AbortController;
  /** Of the server. */
  upload: string | undefined;
  leg: AbortController;
};

const OCTETS = 'application/octet-stream';
const READ = 1024 * 1024;

const later = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

const TWIN = 'There is a package of this name, version and kind for the same devices already.';

const words = (error: unknown): string => {
  if (error instanceof ProblemError) {
    // The id of the other one would say nothing to anybody.
    return error.problem.code === 'already-exists' ? TWIN : error.problem.detail;
  }
  return error instanceof TypeError ? 'The server does not answer.' : String(error);
};

/** What to do after an error: begin anew, ask how far it is, wait and try again, or leave it. */
const remedyOf = (error: unknown): 'anew' | 'ask' | 'wait' | 'leave' => {
  // What is no answer and no network either is the file itself.
  if (!(error instanceof ProblemError)) return error instanceof TypeError ? 'wait' : 'leave';
  const { status, errors = [] } = error.problem;
  if (status === 404) return 'anew';
  if (status === 412 || errors.some(({ at }) => at === '/offset')) return 'ask';
  if (status === 401 || status === 408 || status === 429 || (status >= 500 && status !== 507)) return 'wait';
  // Of a piece that broke off, what has arrived counts.
  return error.problem.code === 'request/malformed' ? 'ask' : 'leave';
};

/** Reads a file once, for its digest, without holding up the page. */
const hashOf = async (file: Source, signal: AbortSignal, tell: (hashed: number) => void): Promise<string> => {
  const hash = newSha256();
  for (let from = 0; from < file.size && !signal.aborted; from += READ) {
    const to = Math.min(file.size, from + READ);
    hash.update(new Uint8Array(await file.slice(from, to).arrayBuffer()));
    tell(to);
  }
  return hash.finish();
};

/** Sends files in pieces, several at a time, for as long as the page is open. */
export const newUploader = ({
  tasks,
  now = () => performance.now(),
  rest = later,
  newId = () => Math.random().toString(36).slice(2),
  onMade,
  onExpired,
}: UploaderOptions): Uploader => {
  const running = new Map<string, Running>();

  const find = (id: string): UploadTask | undefined => tasks.get().find((task) => task.id === id);
  const patch = (id: string, change: Partial<UploadTask>): void =>
    tasks.set((all) => all.map((task) => (task.id === id ? { ...task, ...change } : task)));

  /** How far it is by the server's word; an upload that it does not know begins anew. */
  const position = async (id: string, one: Running, signal: AbortSignal): Promise<number> => {
    if (one.upload === undefined) {
      const begun = await one.client.beginUpload({ body: { size: one.file.size }, signal });
      one.upload = begun.id;
    }
    const { offset } = await one.client.getUpload({ params: { upload: one.upload }, signal });
    patch(id, { sent: offset });
    return offset;
  };

  const send = async (id: string, one: Running, signal: AbortSignal): Promise<void> => {
    let offset = await position(id, one, signal);
    let length = FIRST_PIECE;
    while (offset < one.file.size) {
      const begun = now();
      const data = one.file.slice(offset, Math.min(one.file.size, offset + length));
      const reply = await one.client.appendUpload({
        params: { upload: one.upload ?? '' },
        query: { offset },
        bytes: { type: OCTETS, data },
        signal,
      });
      const took = now() - begun;
      patch(id, {
        ...{ sent: reply.offset, status: 'sending', problem: undefined },
        speed: took <= 0 ? undefined : (1_000 * data.size) / took,
      });
      offset = reply.offset;
      length = nextPiece(data.size, took);
    }
  };

  const finish = async (id: string, one: Running, signal: AbortSignal): Promise<void> => {
    patch(id, { status: 'finishing', speed: undefined, problem: undefined });
    const sha256 = await one.hash;
    signal.throwIfAborted();
    const said = find(id)?.said ?? {};
    const made = await one.client.finishUpload({
      params: { upload: one.upload ?? '' },
      body: { ...said, sha256 },
      signal,
    });
    patch(id, { status: 'done', made: made.id });
    running.delete(id);
    const task = find(id);
    if (task !== undefined) onMade?.(task);
  };

  /** Whether another try makes sense. */
  const recover = async (id: string, one: Running, error: unknown, failures: number): Promise<boolean> => {
    const { signal } = one.leg;
    const remedy = remedyOf(error);
    if (error instanceof ProblemError && error.problem.status === 401) onExpired?.();
    if (remedy === 'leave') {
      const isThere = error instanceof ProblemError && find(id)?.sent === one.file.size;
      patch(id, { status: isThere ? 'refused' : 'failed', problem: words(error), speed: undefined });
      return false;
    }
    if (remedy === 'anew') one.upload = undefined;
    if (remedy === 'wait') patch(id, { status: 'interrupted', problem: words(error), speed: undefined });
    await rest(waitAfter(failures), signal);
    return !signal.aborted;
  };

  const go = async (id: string, one: Running): Promise<void> => {
    one.leg = new AbortController();
    const { signal } = one.leg;
    let farthest = -1;
    let failures = 0;
    for (;;) {
      try {
        await send(id, one, signal);
        await finish(id, one, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const { sent = 0 } = find(id) ?? {};
        failures = sent > farthest ? 1 : failures + 1;
        farthest = Math.max(farthest, sent);
        if (!(await recover(id, one, error, failures))) return;
      }
    }
  };

  const restart = (id: string, change: Partial<UploadTask>): void => {
    const one = running.get(id);
    if (one === undefined) return;
    one.leg.abort();
    patch(id, { ...change, status: 'sending', problem: undefined });
    void go(id, one);
  };

  return {
    start: (client, account, file, said) => {
      const id = newId();
      const over = new AbortController();
      tasks.set((all) => [
        ...all,
        {
          ...{
            id,
            account,
            fileName: file.name,
            size: file.size,
            said,
            status: 'sending',
            sent: 0,
            hashed: 0,
          },
          ...{ speed: undefined, sha256: undefined, problem: undefined, made: undefined },
        },
      ]);
      const hash = hashOf(file, over.signal, (hashed) => patch(id, { hashed }));
      hash.then(
        (sha256) => patch(id, { sha256 }),
        (error: unknown) => {
          running.get(id)?.leg.abort();
          patch(id, { status: 'failed', problem: `The file could not be read: ${words(error)}` });
        },
      );
      const one: Running = { client, file, hash, over, upload: undefined, leg: new AbortController() };
      running.set(id, one);
      void go(id, one);
      return id;
    },
    pause: (id) => {
      running.get(id)?.leg.abort();
      patch(id, { status: 'paused', speed: undefined, problem: undefined });
    },
    resume: (id) => restart(id, {}),
    amend: (id, said) => restart(id, { said }),
    drop: (id) => {
      const one = running.get(id);
      running.delete(id);
      one?.leg.abort();
      one?.over.abort();
      tasks.set((all) => all.filter((task) => task.id !== id));
      // What is left there is forgotten after a while anyhow.
      if (one?.upload !== undefined) {
        one.client.dropUpload({ params: { upload: one.upload } }).catch(() => undefined);
      }
    },
  };
};
