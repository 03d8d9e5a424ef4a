import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRows, jsonRows, splitLines } from './import-rows.ts';

/** The bytes in pieces of the lengths given, round and round. */
async function* inPieces(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield bytes.subarray(from, from + length);
    from += length;
  }
}
const whole = (text: string) => inPieces(Buffer.from(text), [Math.max(1, Buffer.byteLength(text))]);
const pieceLengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

const rowText = fc.string({ unit: 'binary', maxLength: 12 });

describe('lines', () => {
  it('are the same however the bytes come in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rowText), pieceLengths, async (texts, lengths) => {
        const lines = texts.map((text) => text.replaceAll('\n', ' '));
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const seen = await Array.fromAsync(splitLines(inPieces(bytes, lengths)), (line) =>
          Buffer.from(line ?? []).toString(),
        );
        expect(seen).toEqual(lines.map((line) => Buffer.from(line).toString()));
      }),
    );
  });

  it('that are too long are not held, and do not take their neighbours with them', async () => {
    const text = `a\n${'x'.repeat(65_536)}\n${'y'.repeat(65_537)}\n${'z'.repeat(300_000)}\nb`;
    const sizes = await Array.fromAsync(
      splitLines(inPieces(Buffer.from(text), [1000])),
      (line) => line?.length,
    );
    expect(sizes).toEqual([1, 65_536, undefined, undefined, 1]);
  });
});

describe('rows', () => {
  it('of JSON and CSV say the same, however the bytes come in', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((each) => !/\p{Cc}/u.test(each));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text)), pieceLengths, async (texts, lengths) => {
        const given = texts.map(([name, version], n) => ({ id: `d${n}`, name, version }));
        const quoted = (each: string) => `"${each.replaceAll('"', '""')}"`;
        const csv = given.map(({ id, name, version }) => `${id},${quoted(name)},${quoted(version)}\r\n`);
        const json = given.map(({ id, name, version }) => {
          const versions = version === '' ? {} : { firmware: version };
          return `${JSON.stringify({ id, ...(name === '' ? {} : { name }), versions, attributes: {} })}\n`;
        });
        const header = 'id,name,version.firmware\r\n';
        const fromCsv = csvRows(inPieces(Buffer.from(`${header}${csv.join('')}`), lengths));
        const fromJson = jsonRows(inPieces(Buffer.from(json.join('')), lengths));
        expect(await Array.fromAsync(fromCsv)).toEqual(await Array.fromAsync(fromJson));
      }),
    );
  });

  it('count lines in JSON and rows below the header in CSV', async () => {
    const rowsOf = (rows: AsyncIterable<{ row: number }>) => Array.fromAsync(rows, ({ row }) => row);
    expect(await rowsOf(jsonRows(whole('{"id":"a"}\n\n{"id":"b"}\n')))).toEqual([1, 3]);
    expect(await rowsOf(csvRows(whole('id\na\n\nb\n')))).toEqual([1, 2]);
  });
});
