import type { Figure } from '../support/figures.ts';
import type { Options } from './options.ts';
import type { Finding, Row } from './rows.ts';

type Found = Omit<Figure, 'date' | 'command' | 'seed'>;

const per = (row: Row): string => `${Math.round(row.value).toLocaleString('en')} ${row.unit}`;
const p99 = ({ latency }: Row): number => latency?.p99 ?? Number.NaN;
const ofEngine = ({ name }: Row): string => name.split(', ').at(-1) ?? '';

const polls = (row: Row): Found => ({
  ...{ id: 'R-20', part: ofEngine(row), pass: row.value >= 5_000 && p99(row) < 50 },
  result: `${per(row)}, p99 ${p99(row).toFixed(1)} ms`,
});

const feedback = (row: Row): Found => ({
  ...{ id: 'R-21', part: ofEngine(row), pass: row.value >= 3_000 },
  result: `${per(row)}, p99 ${p99(row).toFixed(1)} ms`,
});

const upload = (row: Row): Found => ({
  ...{ id: 'R-23', pass: row.value >= 100 && (row.peakMemory ?? Number.NaN) < 300 },
  result: `${row.name}: ${per(row)}, peak ${Math.round(row.peakMemory ?? Number.NaN)} MiB`,
});

const lists = (rows: readonly Row[]): readonly Found[] =>
  rows.map((row) => ({
    ...{ id: 'R-24', part: row.name, pass: p99(row) < 200 },
    result: `p99 ${p99(row).toFixed(1)} ms`,
  }));

const LARGE = 2 ** 30;
const MANY = 1_000_000;

/** What a run of the bench says of the figures that a release is measured by: those of the embedded engine, at their size. */
export const figuresOf = (
  findings: readonly Finding[],
  { bytes, bulk }: Pick<Options, 'bytes' | 'bulk'>,
): readonly Found[] => {
  const rows = findings.filter((finding): finding is Row => !('missing' in finding));
  const named = (pattern: RegExp): readonly Row[] => rows.filter(({ name }) => pattern.test(name));
  return [
    ...named(/^idle poll, SQLite$/).map(polls),
    ...named(/^feedback, SQLite$/).map(feedback),
    ...(bytes < LARGE ? [] : named(/^upload of /).map(upload)),
    ...(bulk < MANY ? [] : lists(named(/^(list|members|history)\b.*, SQLite$/))),
  ];
};
