import type { SessionPlace, SessionWrite } from '../app/protocol-ports.ts';
import { placeOf } from './session-batches.ts';

/** Writes them and gives those that were not written. */
export type WriteSessions = (sessions: readonly SessionWrite[]) => Promise<ReadonlySet<SessionWrite>>;

type Waiting = {
  readonly sessions: readonly SessionWrite[];
  readonly resolve: (left: readonly SessionPlace[]) => void;
  readonly reject: (error: unknown) => void;
};

/** More than this in one transaction gains nothing and makes the first wait for the last. */
const LARGEST = 10_000;

/**
 * Collects what is saved while another save is being written, so that it shares one transaction and one flush: a server of
 * OMA-DM saves one session with each message. What fails together is tried again one by one.
 */
export const groupSaves = (write: WriteSessions) => {
  const waiting: Waiting[] = [];
  let busy = false;

  const settle = async (group: readonly Waiting[]): Promise<void> => {
    try {
      const left = await write(group.flatMap(({ sessions }) => sessions));
      for (const { sessions, resolve } of group)
        resolve(sessions.filter((one) => left.has(one)).map(placeOf));
    } catch (error) {
      if (group.length === 1) for (const { reject } of group) reject(error);
      else for (const one of group) await settle([one]);
    }
  };

  /** At least one, however large it is. */
  const next = (): readonly Waiting[] => {
    let [count, rows] = [0, 0];
    for (const { sessions } of waiting) {
      rows += sessions.length;
      if (count > 0 && rows > LARGEST) break;
      count += 1;
    }
    return waiting.splice(0, count);
  };

  const flush = async (): Promise<void> => {
    await settle(next());
    if (waiting.length > 0) begin();
    else busy = false;
  };

  const begin = (): void => {
    busy = true;
    setImmediate(() => void flush());
  };

  return (sessions: readonly SessionWrite[]): Promise<readonly SessionPlace[]> => {
    if (sessions.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      // Copies, so that each is told from all others even where a caller names the same one twice.
      waiting.push({ sessions: sessions.map((one) => ({ ...one })), resolve, reject });
      if (!busy) begin();
    });
  };
};
