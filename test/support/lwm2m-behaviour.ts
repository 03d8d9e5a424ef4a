import type { Action, Readings } from '../../src/devices/lwm2m/session-types.ts';
import type { Played, Thing } from './lwm2m-session.ts';

/** What a device says that has nothing to do and can do everything. */
export const blank: Readings = {
  state: 'idle',
  result: 0,
  version: '1.0',
  protocols: [],
  method: 2,
  cancels: true,
};

/** How a device is unlike one that does all as it should. */
export type Behaviour = {
  /** What it is before anything was asked of it. */
  readonly is?: Partial<Readings>;
  /** What it is after a package was written, or offered, and fetched. */
  readonly after?: Partial<Readings>;
  /** What it is once Execute was answered, and in which order it comes there. */
  readonly later?: readonly Partial<Readings>[];
  readonly answers?: Partial<Record<Action['do'], string | { readonly sent: number } | null>>;
  /** It never forgets a package. */
  readonly stubborn?: boolean;
};

/** A device that takes a package and installs it, but for what is said otherwise. */
export const device = ({ is, after, later, answers = {}, stubborn = false }: Behaviour = {}): Thing => {
  let now: Readings = { ...blank, ...is };
  let coming: readonly Partial<Readings>[] = [];
  const said = (action: Action['do']): string | { readonly sent: number } | undefined => {
    const answer = answers[action];
    return answer === null ? undefined : (answer ?? '2.04');
  };
  return {
    read: () => {
      const [first, ...rest] = coming;
      if (first !== undefined) now = { ...now, ...first };
      coming = rest;
      return now;
    },
    ask: ({ do: what }) => {
      const answer = said(what);
      if (what === 'reset') {
        if (!stubborn) now = { ...now, state: 'idle', result: 0 };
      } else if (what === 'execute') {
        coming = later ?? [{ state: 'updating' }, { state: 'idle', result: 1, version: '2.0' }];
      } else if (typeof answer === 'string' || answer === undefined) {
        now = { ...now, result: 0, state: 'downloaded', ...after };
      }
      return answer;
    },
  };
};

/** Why an update failed; how it ended otherwise. */
export const failure = (played: Played): string => {
  const { ended } = played;
  return typeof ended === 'object' ? ended.reason : `${ended}`;
};

/** How often Execute was sent. */
export const executes = ({ done }: Played): number => done.filter((name) => name === 'execute').length;
