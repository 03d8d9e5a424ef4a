import { newPoller, type Poller, poll, signIn } from './conformance.ts';

const DEVICES = 20;
const PATIENCE = 60_000;

/** What came of polls so far. */
export type Outcome = {
  readonly polls: number;
  /** Connections that a process did not take or did not keep, after which another one was asked. */
  readonly turnedAway: number;
  /** What devices were answered in place of what they asked for. */
  readonly failures: readonly string[];
};

/** No answer came, since nobody listened or the process went away: what a balancer repeats elsewhere. */
const isTurnedAway = (error: unknown): boolean => error instanceof TypeError && error.cause !== undefined;

/** Devices that poll without a pause at several processes, as through a balancer in front of them. */
export const pollAll = async (bases: readonly string[]) => {
  let up = [...bases];
  let isOver = false;
  let [polls, turnedAway, turn] = [0, 0, 0];
  const failures: string[] = [];
  const call = await signIn(bases[0] ?? '');
  const pollers: Poller[] = [];
  for (let n = 0; n < DEVICES; n += 1) pollers.push(await newPoller(call));

  const ask = async (poller: Poller, chances: number): Promise<void> => {
    turn += 1;
    try {
      await poll(up[turn % up.length] ?? '', poller);
      polls += 1;
    } catch (error) {
      if (!isTurnedAway(error) || chances === 0) {
        failures.push(String(error));
        return;
      }
      turnedAway += 1;
      await ask(poller, chances - 1);
    }
  };
  const loop = async (poller: Poller): Promise<void> => {
    while (!isOver) await ask(poller, 20);
  };
  const loops = pollers.map(loop);
  return {
    /** Resolves after so many more polls. */
    polls: async (count: number): Promise<void> => {
      const target = polls + count;
      for (const deadline = Date.now() + PATIENCE; polls < target; ) {
        if (Date.now() > deadline) throw new Error(`only ${polls} polls: ${failures.slice(0, 3)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    replace: (old: string, young: string): void => {
      up = up.map((base) => (base === old ? young : base));
    },
    stop: async (): Promise<Outcome> => {
      isOver = true;
      await Promise.all(loops);
      return { polls, turnedAway, failures };
    },
  };
};
