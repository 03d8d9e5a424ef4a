import type { Static } from 'typebox';
import type { QueryOf } from '../wire/muster/route.ts';
import type { Routes } from '../wire/muster/routes.ts';
import type { StreamMessages } from '../wire/muster/stream.ts';
import type { Client } from './muster.ts';
import { ProblemError } from './problem.ts';
import { readEvents, type ServerSentEvent } from './server-sent.ts';

/** A message of a stream by its name; `id` is where to go on after it. */
export type StreamMessage = {
  readonly [Name in keyof StreamMessages]: {
    readonly type: Name;
    readonly id: string;
    readonly data: Static<StreamMessages[Name]>;
  };
}[keyof StreamMessages];

export type FollowOptions = {
  readonly query?: QueryOf<Routes['openStream']>;
  /** Go on after the message of this id. */
  readonly lastEventId?: string;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /** Milliseconds before a stream that broke off is opened again; the server may ask for more. */
  readonly pause?: number;
  /** Is told of every sign of life: when the stream is open, and of every block, at least every 15 seconds. */
  readonly heard?: (id: string | undefined) => void;
  /** Is told when the stream has broken off or could not be opened; it is tried again. */
  readonly lost?: () => void;
};

const known: Readonly<Record<StreamMessage['type'], true>> = {
  events: true,
  'campaign-progress': true,
  reset: true,
};

/** Messages of names that a later server may have are left out. */
const isMessage = ({ type }: ServerSentEvent): boolean => Object.hasOwn(known, type);

const rest = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
  });

/**
 * What happens, for as long as somebody iterates. A stream that breaks off is opened again where it was; a server that
 * says no ends it with `ProblemError`, unless it is only unavailable.
 */
export async function* follow(
  client: Pick<Client, 'openStream'>,
  { query, lastEventId, signal, pause = 1_000, heard, lost }: FollowOptions = {},
): AsyncGenerator<StreamMessage> {
  let id = lastEventId;
  let wait = pause;
  const isOver = (): boolean => signal?.aborted === true;
  while (!isOver()) {
    try {
      const response = await client.openStream({
        ...(query !== undefined && { query }),
        ...(id !== undefined && { lastEventId: id }),
        ...(signal !== undefined && { signal }),
      });
      heard?.(id);
      for await (const event of readEvents(response.body)) {
        if (event.retry !== undefined) wait = Math.max(pause, event.retry);
        id = event.id ?? id;
        heard?.(id);
        // The server names only messages of these names and shapes.
        if (isMessage(event))
          yield { type: event.type, id: id ?? '', data: JSON.parse(event.data) } as StreamMessage;
      }
    } catch (error) {
      if (isOver()) return;
      if (error instanceof ProblemError && error.problem.status < 500 && error.problem.status !== 429)
        throw error;
    }
    if (isOver()) return;
    lost?.();
    await rest(wait, signal);
  }
}
