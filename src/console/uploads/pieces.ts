/** Bytes of a piece: enough that what surrounds it does not count, few enough that a pause loses little. */
const LEAST = 256 * 1024;
const MOST = 16 * 1024 * 1024;
export const FIRST_PIECE = 1024 * 1024;

/** So long a piece should take, in milliseconds: progress is seen to move. */
const WANTED = 800;

/** How long the next piece should be after one of so many bytes took so long. It grows and shrinks by half at most. */
export const nextPiece = (bytes: number, took: number): number => {
  const fitting = took <= 0 ? MOST : (bytes * WANTED) / took;
  return Math.round(Math.min(MOST, Math.max(LEAST, Math.min(bytes * 2, Math.max(bytes / 2, fitting)))));
};

const FIRST_WAIT = 1_000;
const LAST_WAIT = 15_000;

/** How long to wait before the next try after so many that failed one after the other. */
export const waitAfter = (failures: number): number =>
  Math.min(LAST_WAIT, FIRST_WAIT * 2 ** Math.max(0, failures - 1));
