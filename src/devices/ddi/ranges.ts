import type { Range } from '../../app/blobs.ts';

/** More parts than a client that means well asks for. */
const MOST_RANGES = 64;

const form = /^(\d*)-(\d*)$/;

/**
 * The ranges a Range header asks for, by their start; `undefined` when they are malformed, overlap, or lie
 * outside (1.12). Other units are no ranges: `whole`.
 */
export const readRanges = (header: string, size: number): readonly Range[] | 'whole' | undefined => {
  const [, list] = /^bytes=(.*)$/i.exec(header.trim()) ?? [];
  if (list === undefined) return 'whole';
  const parts = list.split(',').map((part) => readRange(part.trim(), size));
  const ranges = parts.filter((range) => range !== undefined).sort((a, b) => a.start - b.start);
  if (ranges.length < parts.length || ranges.length > MOST_RANGES) return undefined;
  return ranges.some(({ start }, index) => start < (ranges[index - 1]?.end ?? 0)) ? undefined : ranges;
};

const readRange = (text: string, size: number): Range | undefined => {
  const [, first = '', last = ''] = form.exec(text) ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  return start < end ? { start, end } : undefined;
};

const BOUNDARY = 'THIS_STRING_SEPARATES_MULTIPART';

export const multipartType = `multipart/byteranges; boundary=${BOUNDARY}`;

const headOf = ({ start, end }: Range, size: number): string =>
  [
    `\r\n--${BOUNDARY}`,
    'Content-Type: application/octet-stream',
    `Content-Range: bytes ${start}-${end - 1}/${size}`,
    '\r\n',
  ].join('\r\n');

const END = `\r\n--${BOUNDARY}--\r\n`;

/** How many bytes `multipart` gives. */
export const multipartLength = (ranges: readonly Range[], size: number): number =>
  ranges.reduce((sum, range) => sum + headOf(range, size).length + range.end - range.start, END.length);

/** Several ranges of the same bytes as one body (RFC 9110, 14.6). */
export async function* multipart(
  ranges: readonly Range[],
  size: number,
  open: (range: Range) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (const range of ranges) {
    yield Buffer.from(headOf(range, size), 'latin1');
    yield* open(range);
  }
  yield Buffer.from(END, 'latin1');
}
