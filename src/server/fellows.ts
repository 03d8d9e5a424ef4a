import { SECOND } from '../domain/time.ts';
import { type FromWorker, isToWorker, type NumberedText } from './worker-messages.ts';

/** The workers beside this one; a process that serves alone has none. */
export type Fellows = {
  /** Which of the workers this is, from 1 on; `undefined` where it serves alone. */
  readonly number: number | undefined;
  /** The metrics of the others that answer. */
  readonly texts: () => Promise<readonly NumberedText[]>;
  /** How they get those of this one. */
  readonly give: (own: () => Promise<string>) => void;
};

export const noFellows: Fellows = { number: undefined, texts: async () => [], give: () => undefined };

/** The primary has given up waiting for others by then. */
const PATIENCE = 2 * SECOND;

type Channel = {
  readonly send: (message: FromWorker) => void;
  readonly on: (listener: (message: unknown) => void) => void;
};

/** The fellows of a worker, over the channel to the process that started it. */
export const fellowsOf = (number: number, { send, on }: Channel): Fellows => {
  const asked = new Map<number, (texts: readonly NumberedText[]) => void>();
  let own: () => Promise<string> = async () => '';
  let last = 0;

  on((message) => {
    if (!isToWorker(message)) return;
    if (message.is === 'texts') return asked.get(message.id)?.(message.texts);
    const { id } = message;
    own().then(
      (text) => send({ is: 'text', id, text }),
      () => send({ is: 'text', id, text: '' }),
    );
  });

  return {
    number,
    texts: () =>
      new Promise((resolve) => {
        last += 1;
        const id = last;
        const end = (texts: readonly NumberedText[]): void => {
          clearTimeout(timer);
          asked.delete(id);
          resolve(texts);
        };
        const timer = setTimeout(end, PATIENCE, []);
        asked.set(id, end);
        send({ is: 'asking', id });
      }),
    give: (text) => {
      own = text;
    },
  };
};
