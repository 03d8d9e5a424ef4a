/** More than this in one question gains nothing and makes the first wait for the last. */
const LARGEST = 512;

type Asked<Ask, Answer> = { readonly ask: Ask } & PromiseWithResolvers<Answer>;

/**
 * Puts what one turn of the event loop asks for into one question, the same thing once. Where that fails for a fault of one
 * of them, as `isTheirs` says, each is asked `alone`.
 */
export const gatherLookups = <Ask, Answer>(deps: {
  readonly load: (asks: readonly Ask[]) => Promise<ReadonlyMap<Ask, Answer>>;
  readonly alone: (ask: Ask) => Promise<Answer>;
  readonly isTheirs: (error: unknown) => boolean;
  /** The same for the same ask alone. */
  readonly nameOf: (ask: Ask) => string;
}): ((ask: Ask) => Promise<Answer>) => {
  const { load, alone, isTheirs, nameOf } = deps;
  let waiting = new Map<string, Asked<Ask, Answer>>();

  const settle = async (group: readonly Asked<Ask, Answer>[]): Promise<void> => {
    try {
      const answers = await load(group.map(({ ask }) => ask));
      // `load` answers all.
      for (const { ask, resolve } of group) resolve(answers.get(ask) as Answer);
    } catch (error) {
      const isAlone = group.length > 1 && isTheirs(error);
      for (const { ask, resolve, reject } of group)
        if (isAlone) alone(ask).then(resolve, reject);
        else reject(error);
    }
  };

  const send = (): void => {
    const group = [...waiting.values()];
    waiting = new Map();
    if (group.length > 0) void settle(group);
  };

  return (ask) => {
    const name = nameOf(ask);
    const found = waiting.get(name);
    if (found !== undefined) return found.promise;
    const asked = { ask, ...Promise.withResolvers<Answer>() };
    waiting.set(name, asked);
    // Not at once: what one turn reads from its sockets asks together.
    if (waiting.size === 1) setImmediate(send);
    if (waiting.size === LARGEST) send();
    return asked.promise;
  };
};
