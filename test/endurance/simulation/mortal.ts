/** The life of a process: from one instant on nothing that it asked for is answered any more. */
export type Life = {
  readonly isOver: () => boolean;
  /** Settles when it ends. */
  readonly end: Promise<void>;
  readonly die: () => void;
  /** How many calls are not answered yet. */
  readonly underWay: () => number;
  /** It ends at the store call of this number from now on: before it is made, or after it was done and before its answer. */
  readonly dieAt: (call: number, when: 'before' | 'after') => void;
  /** Goes through if it still lives then. */
  readonly pass: <Value>(call: () => Value) => Value;
};

const never = (): Promise<never> => new Promise(() => undefined);

export const createLife = (): Life => {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  let left = Number.POSITIVE_INFINITY;
  let underWay = 0;
  let moment: 'before' | 'after' = 'before';
  const die = (): void => {
    isOver = true;
    resolve();
  };

  const answered = <Value>(answer: Promise<Value>, isLast: boolean): Promise<Value> =>
    new Promise((take, refuse) => {
      underWay += 1;
      answer.then(
        (value) => {
          underWay -= 1;
          if (isLast) die();
          if (!isOver) take(value);
        },
        (error: unknown) => {
          underWay -= 1;
          if (!isOver) refuse(error);
        },
      );
    });

  return {
    ...{ end, die, isOver: () => isOver, underWay: () => underWay },
    dieAt: (call, when) => {
      left = call;
      moment = when;
    },
    pass: <Value>(call: () => Value): Value => {
      left -= 1;
      const isLast = left === 0;
      if (isLast && moment === 'before') die();
      // Whoever asks after the end waits for ever, as for a process that is gone; only promises are asked for.
      if (isOver) return never() as Value;
      const answer = call();
      if (!(answer instanceof Promise)) return answer;
      return answered(answer, isLast) as Value;
    },
  };
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The same port, as long as the process lives. What it answers without a promise it goes on to answer. */
export const mortal = <Port extends object>(port: Port, life: Life, plain: ReadonlySet<string>): Port => {
  const wrapped = Object.entries(port).map(([name, member]) => {
    if (typeof member === 'function' && !plain.has(name))
      return [name, (...given: readonly unknown[]) => life.pass(() => Reflect.apply(member, port, given))];
    return [name, isObject(member) && !plain.has(name) ? mortal(member, life, plain) : member];
  });
  return Object.fromEntries(wrapped);
};
