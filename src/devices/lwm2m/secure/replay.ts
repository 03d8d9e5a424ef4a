/** Which of the last 64 sequence numbers came already (RFC 6347 4.1.2.6): the newest, and a bit for each up to it. */
export type ReplayWindow = { readonly newest: number; readonly low: number; readonly high: number };

export const emptyWindow: ReplayWindow = { newest: -1, low: 0, high: 0 };

const SPAN = 64;

/** Whether a number may be taken: neither seen nor so old that nobody can tell. */
export const isFresh = (window: ReplayWindow, sequence: number): boolean => {
  const age = window.newest - sequence;
  if (age < 0) return true;
  if (age >= SPAN) return false;
  const word = age < 32 ? window.low : window.high;
  return ((word >>> (age % 32)) & 1) === 0;
};

/** The window after a fresh number whose record proved to be genuine. */
export const noted = (window: ReplayWindow, sequence: number): ReplayWindow => {
  const age = window.newest - sequence;
  if (age < 0) return { ...shifted(window, -age), newest: sequence };
  const bit = 1 << (age % 32);
  return age < 32 ? { ...window, low: window.low | bit } : { ...window, high: window.high | bit };
};

const shifted = ({ low, high }: ReplayWindow, by: number): Pick<ReplayWindow, 'low' | 'high'> => {
  if (by >= SPAN) return { low: 1, high: 0 };
  if (by >= 32) return { low: 1, high: low << (by - 32) };
  return { low: (low << by) | 1, high: (high << by) | (low >>> (32 - by)) };
};
