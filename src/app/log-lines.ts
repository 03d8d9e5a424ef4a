import { logLimits } from './records.ts';

/** No database text can hold NUL, nor half of a surrogate pair. */
export const storable = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();

/** As much of a line as a log keeps. */
export const cutLine = (line: string): string => storable(line.slice(0, logLimits.line));

const LONGEST_MESSAGE = 1_000;

/** As much of a line as is kept of why an update ended. */
export const cutMessage = (line: string): string => storable(line.slice(0, LONGEST_MESSAGE));

/** The first and the last of many lines, and how many were between them, each cut. */
export const cutLines = (lines: readonly string[]): readonly string[] => {
  const { lines: most } = logLimits;
  if (lines.length <= most) return lines.map(cutLine);
  const first = Math.floor(most / 2);
  const last = most - first - 1;
  const between = lines.length - first - last;
  return [
    ...lines.slice(0, first).map(cutLine),
    `(${between} lines left out)`,
    ...lines.slice(-last).map(cutLine),
  ];
};
