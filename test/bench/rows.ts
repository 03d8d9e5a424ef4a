import type { Latency } from './statistics.ts';

/** One line of the table, and one object of the JSON. */
export type Row = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Against a limit measured in the same run. */
  readonly ratio?: { readonly of: string; readonly value: number };
  readonly latency?: Latency;
  /** Processor time of the server for each request, in microseconds. */
  readonly processor?: number | undefined;
  /** Of the server, in MiB. */
  readonly peakMemory?: number | undefined;
  readonly goal?: { readonly text: string; readonly met: boolean };
};

/** What could not be measured here, and why. */
export type Gap = { readonly name: string; readonly missing: string };

export type Finding = Row | Gap;

export const heads = ['', 'result', 'of', 'p50 ms', 'p99 ms', 'worst ms', 'CPU us', 'peak MiB', 'goal', ''];

/** The table as text for people. */
export const tableOf = (findings: readonly Finding[]): string => {
  const lines = [
    heads,
    ...findings.map((finding) => ('missing' in finding ? [finding.name] : cellsOf(finding))),
  ];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  '),
  );
  const gaps = findings.filter((finding) => 'missing' in finding);
  const notes = gaps.map(({ name, missing }) => `${name}: ${missing}`);
  return [...text.map((line) => line.trimEnd()), ...notes].join('\n');
};

const pad = (cell: string, width: number, column: number): string =>
  column === 0 || column >= 8 ? cell.padEnd(width) : cell.padStart(width);

export const cellsOf = ({
  name,
  value,
  unit,
  ratio,
  latency,
  processor,
  peakMemory,
  goal,
}: Row): string[] => [
  name,
  `${short(value)} ${unit}`,
  ratio === undefined ? '' : `${ratio.value.toFixed(2)} ${ratio.of}`,
  latency === undefined ? '' : short(latency.p50),
  latency === undefined ? '' : short(latency.p99),
  latency === undefined ? '' : short(latency.worst),
  processor === undefined ? '' : short(processor),
  peakMemory === undefined ? '' : short(peakMemory),
  goal?.text ?? '',
  goal === undefined ? '' : goal.met ? 'met' : 'NOT MET',
];

const short = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
