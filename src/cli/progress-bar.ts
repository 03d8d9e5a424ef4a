import type { Io } from './io.ts';
import { bytes, duration } from './words.ts';

/** Tells how far something is. */
export type ProgressBar = { readonly at: (done: number) => void; readonly end: () => void };

const WIDTH = 24;
/** Milliseconds between two looks. */
const PACE = 100;

/** A bar of so many cells, a part of which is full. */
export const bar = (share: number, width: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
};

const silent: ProgressBar = { at: () => undefined, end: () => undefined };

/** Bytes that go over the network, redrawn in a terminal; nothing in a pipe. */
export const progressBar = (
  { err, terminal }: Pick<Io, 'err' | 'terminal'>,
  label: string,
  total: number,
  now: () => number = performance.now.bind(performance),
): ProgressBar => {
  if (!terminal.err) return silent;
  const begun = now();
  let drawn = Number.NEGATIVE_INFINITY;
  const draw = (done: number): void => {
    const seconds = (now() - begun) / 1_000;
    const rate = seconds > 0 ? done / seconds : 0;
    const left = rate > 0 ? `${duration((total - done) / rate)} left` : '';
    const share = total === 0 ? 1 : done / total;
    const percent = `${Math.floor(share * 100)} %`.padStart(5);
    err(
      `\r\u001b[K${label} ${bar(share, WIDTH)} ${percent}  ${bytes(done)} of ${bytes(total)}  ${bytes(Math.round(rate))}/s  ${left}`,
    );
  };
  return {
    at: (done) => {
      if (now() - drawn < PACE && done < total) return;
      drawn = now();
      draw(done);
    },
    end: () => err('\r\u001b[K'),
  };
};
