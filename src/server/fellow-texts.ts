import type { Worker } from 'node:cluster';
import { SECOND } from '../domain/time.ts';
import type { FromWorker, NumberedText } from './worker-messages.ts';

/** Who does not answer by then, because it is stuck or paused, is left out. */
const PATIENCE = SECOND;

type Fellow = Pick<Worker, 'id' | 'send'>;
type Round = {
  readonly asker: Fellow;
  readonly waiting: Set<number>;
  readonly texts: NumberedText[];
  readonly end: () => void;
};

/** In the process that started the workers: asks all others for their text where one of them wants to know. */
export const collectTexts = (
  workers: () => readonly { readonly number: number; readonly worker: Fellow }[],
) => {
  const rounds = new Map<string, Round>();

  const begin = (asker: Fellow, id: number): void => {
    const name = `${asker.id} ${id}`;
    const others = workers().filter(({ worker }) => worker.id !== asker.id);
    const texts: NumberedText[] = [];
    const end = (): void => {
      clearTimeout(timer);
      if (rounds.delete(name)) asker.send({ is: 'texts', id, texts });
    };
    const timer = setTimeout(end, PATIENCE);
    rounds.set(name, { asker, texts, end, waiting: new Set(others.map(({ worker }) => worker.id)) });
    for (const { worker } of others) worker.send({ is: 'asked', id: name });
    if (others.length === 0) end();
  };

  const leave = (worker: Fellow, name: string): void => {
    const round = rounds.get(name);
    if (round?.waiting.delete(worker.id) === true && round.waiting.size === 0) round.end();
  };

  return {
    take: (worker: Fellow, message: Exclude<FromWorker, { readonly is: 'listening' }>): void => {
      if (message.is === 'asking') {
        begin(worker, message.id);
        return;
      }
      const number = workers().find((one) => one.worker.id === worker.id)?.number;
      if (number === undefined) return;
      rounds.get(message.id)?.texts.push({ worker: number, text: message.text });
      leave(worker, message.id);
    },
    /** It ended, so that nobody waits for it. */
    forget: (worker: Fellow): void => {
      for (const [name, { asker, end }] of [...rounds]) {
        if (asker.id !== worker.id) leave(worker, name);
        else {
          // Nobody is there to be told.
          rounds.delete(name);
          end();
        }
      }
    },
  };
};
