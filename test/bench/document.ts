import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Finding, Row } from './rows.ts';
import { cellsOf, heads } from './rows.ts';

/** What the figures were measured on. */
export type Machine = {
  readonly node: string;
  readonly processors: number;
  readonly model: string;
  /** In GiB. */
  readonly memory: number;
  /** The day, as 2026-11-21. */
  readonly date: string;
};

export const machineOf = (): Machine => ({
  node: process.version,
  processors: availableParallelism(),
  model: cpus()[0]?.model ?? 'unknown',
  memory: Math.round(totalmem() / 2 ** 30),
  date: new Date().toISOString().slice(0, 10),
});

const rowOf = (row: Row): string => `| ${cellsOf(row).join(' | ')} |`;

/** docs/benchmarks.md: every finding of one run, and the machine it ran on. */
export const documentOf = (
  { node, processors, model, memory, date }: Machine,
  findings: readonly Finding[],
  command: string,
): string => {
  const rows = findings.filter((finding): finding is Row => !('missing' in finding));
  const gaps = findings.flatMap((finding) => ('missing' in finding ? [finding] : []));
  const notes = gaps.map(({ name, missing }) => `- ${name}: ${missing}`);
  return `# Benchmarks

What \`npm run benchmarks\` writes. This is a run of \`${command}\` on ${date}, with Node ${node.replace('v', '')}, ${processors} processors
(${model}), ${memory} GiB of memory. The load comes from another process of the same machine, and so does PostgreSQL. What
counts are the ratios: *raw* is \`node:http\` that answers 200 bytes and does nothing else, measured in turn with the server; beside
feedback it reads and parses the same reports, and answers each of them with an empty body as the server does.

| ${heads.join(' | ')} |
|---${'|---:'.repeat(7)}${'|---'.repeat(2)}|
${rows.map(rowOf).join('\n')}
${notes.length === 0 ? '' : `\n${notes.join('\n')}\n`}`;
};
