import { WireClosed } from './wire.ts';

/** Somebody who works with a server in rounds; between two of them nothing of theirs is under way. */
export type Actor = (round: number) => Promise<void>;

/** Many at once, who can be asked to rest. */
export type Actors = {
  /** Resolves once all of them rest between two rounds. */
  readonly rest: () => Promise<void>;
  readonly goOn: () => void;
  /** Resolves when all have ended the round they are in. Rejects with what one of them has thrown. */
  readonly end: () => Promise<void>;
};

/** Has each actor do round after round. `failed` is told of the first that throws, which does no more. */
export const startActors = (actors: readonly Actor[], failed: (error: unknown) => void): Actors => {
  let [resting, living, ended] = [0, actors.length, false];
  let gate = Promise.withResolvers<void>();
  let allRest = (): void => undefined;
  let isOpen = true;
  gate.resolve();

  const pass = async (): Promise<void> => {
    if (isOpen) return;
    resting += 1;
    if (resting === living) allRest();
    await gate.promise;
    resting -= 1;
  };

  const live = async (actor: Actor): Promise<void> => {
    for (let round = 0; !ended; round += 1) {
      await actor(round);
      await pass();
    }
  };

  const lives = actors.map((actor) =>
    live(actor)
      .catch((error: unknown) => {
        if (!(error instanceof WireClosed)) failed(error);
      })
      .finally(() => {
        living -= 1;
        if (resting === living) allRest();
      }),
  );

  return {
    rest: () => {
      isOpen = false;
      gate = Promise.withResolvers<void>();
      return new Promise((resolve) => {
        allRest = resolve;
        if (resting === living) resolve();
      });
    },
    goOn: () => {
      isOpen = true;
      gate.resolve();
    },
    end: async () => {
      ended = true;
      isOpen = true;
      gate.resolve();
      await Promise.all(lives);
    },
  };
};
