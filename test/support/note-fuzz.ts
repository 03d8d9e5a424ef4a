import { noteFigure } from './figures.ts';

/** a codec took all of its inputs, of which it could read so many, and threw at none: else nobody gets here. */
export const noteFuzz = (codec: string, readable?: number): Promise<void> =>
  noteFigure({
    ...{
      id: 'R-28',
      part: codec,
      seed: null,
      command: 'npm test',
      pass: readable === undefined || readable > 0,
    },
    result: readable === undefined ? 'none throws' : `none throws, ${readable.toLocaleString('en')} are good`,
  });
