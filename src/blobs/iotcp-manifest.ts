import type { Inspection, ScriptPhase } from '../app/blobs.ts';
import { quoted } from './iotcp-entries.ts';

export type Manifest = Omit<Extract<Inspection, { readonly form: 'iotcp' }>, 'form'>;

const MAX_TEXT = 256;
const KEYS: readonly (readonly [string, ScriptPhase])[] = [
  ['VERIFY', 'verify'],
  ['EXECUTE', 'execute'],
  ['VALIDATE', 'validate'],
  ['ACTIVATE', 'activate'],
  ['RESET', 'reset'],
];

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fieldsOf = (text: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT;

/** Tools write every key and leave the script of an unused phase empty. */
const isUnused = (value: unknown): boolean => value === undefined || value === null || value === '';

/** Reads `dist-info/Manifest`: one JSON object with upper-case keys. The problem as a string when it is none. */
export const parseManifest = (text: string): Manifest | string => {
  const fields = fieldsOf(text);
  if (fields === undefined) return 'dist-info/Manifest is not a JSON object';
  const { NAME: name, VERSION: version, HEADLESS_EXECUTION: headless = false } = fields;
  if (!isText(name)) return `NAME in dist-info/Manifest is not a text of 1 to ${MAX_TEXT} characters`;
  if (!isText(version)) return `VERSION in dist-info/Manifest is not a text of 1 to ${MAX_TEXT} characters`;
  if (typeof headless !== 'boolean')
    return 'HEADLESS_EXECUTION in dist-info/Manifest is neither true nor false';
  const used = KEYS.filter(([key]) => !isUnused(fields[key]));
  const wrong = used.find(([key]) => typeof fields[key] !== 'string');
  if (wrong !== undefined) return `${wrong[0]} in dist-info/Manifest is not a text`;
  return { name, version, headless, phases: used.map(([, phase]) => phase) };
};

const LINE = /^(?<name>.+): sha256=(?<digest>[0-9a-fA-F]{64})$/su;

/** Reads `dist-info/CHECK_SUMS`, `<entry name>: sha256=<64 hex>` per line, into digests by entry name. */
export const parseCheckSums = (text: string): ReadonlyMap<string, string> | string => {
  const sums = new Map<string, string>();
  for (const line of text.split(/\r?\n/).filter((each) => each !== '')) {
    const { name, digest } = LINE.exec(line)?.groups ?? {};
    if (name === undefined || digest === undefined) {
      return `dist-info/CHECK_SUMS has the line ${quoted(line)}, expected "<entry name>: sha256=<64 hex digits>"`;
    }
    if (sums.has(name)) return `dist-info/CHECK_SUMS lists ${quoted(name)} twice`;
    sums.set(name, digest.toLowerCase());
  }
  return sums;
};
