import { describe, expect, it } from 'vitest';
import { createJudge } from './judge.ts';

const judge = (engine: 'SQLite' | 'PostgreSQL', ...lines: readonly string[]) => {
  const { take, verdict } = createJudge(engine);
  for (const line of lines) take(line);
  return verdict();
};

const wal = '20</data/muster.db-wal>';
const written = (mark: string): string => `7 pwrite64(${wal}, "\\0\\1${mark}\\0", 4096, 24) = 4096`;
const flushed = `7 fdatasync(${wal}) = 0`;
const answered = (mark: string): string =>
  `7 writev(30<socket:[9]>, [{iov_base="HTTP/1.1 201 Created\\r\\n", iov_len=9}, {iov_base="{${mark}}", iov_len=9}], 2) = 18`;
const [one, other] = ['mark00000001', 'mark00000002'];

describe('the judge of a trace over SQLite', () => {
  it('finds nothing wrong where the flush came before the answer', () => {
    expect(judge('SQLite', written(one), flushed, answered(one))).toEqual({
      acknowledged: 1,
      violations: [],
    });
  });

  it.each([
    ['the flush came after it', [written(one), answered(one), flushed]],
    ['there was none', [written(one), answered(one)]],
    ['the flush failed', [written(one), `7 fdatasync(${wal}) = -1 EIO (Input/output error)`, answered(one)]],
    ['it was of another file', [written(one), '7 fdatasync(21</data/muster.db>) = 0', answered(one)]],
    ['it was of what another has written', [written(other), flushed, written(one), answered(one)]],
    ['it was not over yet', [written(one), `7 fdatasync(${wal} <unfinished ...>`, answered(one)]],
    ['nothing was written at all', [flushed, answered(one)]],
  ])('finds an answer where %s', (_, lines) => {
    expect(judge('SQLite', ...lines)).toEqual({ acknowledged: 1, violations: [one] });
  });

  it('puts a call together that another thread came into', () => {
    const lines = [
      `7 pwrite64(${wal}, "${one}", 4096, 24 <unfinished ...>`,
      '8 write(3<pipe:[1]>, "x", 1) = 1',
      '7 <... pwrite64 resumed>) = 4096',
      `7 fdatasync(${wal} <unfinished ...>`,
      '8 fdatasync(9</data/packages/incoming/a>) = 0',
      '7 <... fdatasync resumed>) = 0',
    ];
    expect(judge('SQLite', ...lines, answered(one))).toEqual({ acknowledged: 1, violations: [] });
  });
});

describe('the judge of a trace over PostgreSQL', () => {
  const connection = (number: number): string => `${number}<socket:[${number}]>`;
  const sent = (mark: string, number = 40): string =>
    `7 write(${connection(number)}, "B\\0${mark}", 20) = 20`;
  const committed = (number = 40): string =>
    String.raw`7 read(${connection(number)}, "C\0\0\0\vCOMMIT\0Z\0\0\0\5I", 65536) = 17`;

  it('finds nothing wrong where the commit was told before the answer', () => {
    expect(judge('PostgreSQL', sent(one), committed(), answered(one))).toEqual({
      acknowledged: 1,
      violations: [],
    });
  });

  it.each([
    ['the commit was told after it', [sent(one), answered(one), committed()]],
    ['another connection has committed', [sent(one), committed(41), answered(one)]],
    ['nothing was sent at all', [committed(), answered(one)]],
  ])('finds an answer where %s', (_, lines) => {
    expect(judge('PostgreSQL', ...lines)).toEqual({ acknowledged: 1, violations: [one] });
  });
});
