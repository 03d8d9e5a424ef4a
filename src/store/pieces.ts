import type { Cell, Rows } from '../app/backup-ports.ts';

const MOST_ROWS = 500;
const MOST_CHARACTERS = 256 * 1024;

/** How many characters a row has, about. */
export const charactersOf = (row: readonly Cell[]): number =>
  row.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 8), 0);

/** Gathers rows until there are enough to be handed on. */
export type Piece = {
  /** Whether it is full now. */
  readonly add: (row: readonly Cell[]) => boolean;
  /** What was gathered; it is empty then. */
  readonly take: () => Rows;
};

export const createPiece = (): Piece => {
  let rows: (readonly Cell[])[] = [];
  let characters = 0;
  return {
    add: (row) => {
      rows.push(row);
      characters += charactersOf(row);
      return rows.length >= MOST_ROWS || characters >= MOST_CHARACTERS;
    },
    take: () => {
      const taken = rows;
      rows = [];
      characters = 0;
      return taken;
    },
  };
};
