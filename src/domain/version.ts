/**
 * The text whose byte order is the order of versions, so that any database can store, sort and compare it.
 *
 * In this order: cut build metadata (from the first `+`), strip surrounding blanks (space, tab, CR, LF), strip
 * one `v` or `V` before a digit, lower ASCII letters, pad every run of digits to its last 12 (leading zeros
 * vanish), turn `-` into `!`, append `-`. Hence 1.0.0-rc1 < 1.0.0 < 1.0.0.1 < 1.0.1 < 1.2 < 1.10, and numbers
 * come before words. Runs longer than 12 digits compare by their last 12. Other characters stay as they are.
 *
 * PostgreSQL says the same: with `t` for
 * `translate(regexp_replace(btrim(split_part(x, '+', 1), E' \t\r\n'), '^[vV]([0-9])', '\1'), 'A..Z', 'a..z')`,
 * `replace(regexp_replace(regexp_replace(t, '([0-9]+)', '000000000000\1', 'g'), '[0-9]*([0-9]{12})', '\1', 'g'),
 * '-', '!') || '-'`, compared `COLLATE "C"`.
 */
export const versionKey = (text: string): string => {
  const padded = trimBlanks(beforePlus(text))
    .replace(/^[vV](?=[0-9])/, '')
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    .replace(/[0-9]+/g, (digits) => `000000000000${digits}`.slice(-12));
  return `${padded.replaceAll('-', '!')}-`;
};

/** Which of two versions is older (-1), or 0 when their keys are equal: `v1.0` equals `1.0+build7`. */
export const compareVersions = (a: string, b: string): -1 | 0 | 1 =>
  compareText(versionKey(a), versionKey(b));

/**
 * Compares by code point, which is the byte order of UTF-8 and so the `C` collation of PostgreSQL and the
 * `BINARY` one of SQLite. JavaScript's own `<` differs: it puts surrogate pairs before U+E000 to U+FFFF.
 */
export const compareText = (a: string, b: string): -1 | 0 | 1 => {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  let index = 0;
  while (index < length && a.charCodeAt(index) === b.charCodeAt(index)) index += 1;
  if (index === length) return a.length < b.length ? -1 : 1;
  return codePointRank(a.charCodeAt(index)) < codePointRank(b.charCodeAt(index)) ? -1 : 1;
};

const codePointRank = (unit: number): number => {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
};

const beforePlus = (text: string): string => {
  const plus = text.indexOf('+');
  return plus === -1 ? text : text.slice(0, plus);
};

const BLANKS = ' \t\r\n';

// A regular expression such as /\s+$/ is quadratic on long runs of blanks.
const trimBlanks = (text: string): string => {
  let begin = 0;
  let end = text.length;
  while (begin < end && BLANKS.includes(text.charAt(begin))) begin += 1;
  while (end > begin && BLANKS.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(begin, end);
};
