import { storable } from '../../app/log-lines.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';

/** A body that is no JSON, whatever is let pass. */
export class BodyError extends Error {
  readonly statusCode = 400;
}

const BYTE_ORDER_MARK = 0xfeff;

const textOf = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
};

/**
 * Parses JSON as devices write it: control characters may stand unescaped inside strings, and bytes that are
 * no UTF-8 become U+FFFD. A report must not be lost for the sake of an error text it quotes. Throws `BodyError`.
 */
export const parseBody = (bytes: Uint8Array): unknown => {
  const text = textOf(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return parseEscaped(text);
  }
};

const parseEscaped = (text: string): unknown => {
  try {
    return JSON.parse(escapeControls(text));
  } catch (error) {
    throw new BodyError(error instanceof Error ? error.message : 'not JSON');
  }
};

const stringToken = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const control = /[\u0000-\u001f]/g;

const escapeControls = (text: string): string =>
  text.replace(stringToken, (token) =>
    token.replace(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (field: string, expected: string, got: unknown) =>
  refused<Refusal>({ code: 'invalid', field, expected, got: shown(got) });

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  return typeof value === 'object' ? 'something else' : JSON.stringify(value).slice(0, 80);
};

const executions = [
  ...(['closed', 'proceeding', 'canceled', 'scheduled'] as const),
  ...(['rejected', 'resumed', 'downloaded', 'download'] as const),
];
export type Execution = (typeof executions)[number];
const finishes = ['success', 'failure', 'none'] as const;
export type Finished = (typeof finishes)[number];

/** What a device says of an action (1.8). Its clock is not asked. */
export type Feedback = {
  readonly execution: Execution;
  readonly finished: Finished;
  readonly progress: { readonly done: number; readonly of: number } | null;
  readonly code: number | null;
  readonly details: readonly string[];
};

export const readFeedback = (body: unknown): Result<Feedback, Refusal> => {
  const status = isFields(body) ? body['status'] : undefined;
  if (!isFields(status)) return invalid('status', 'an object', status);
  const execution = executions.find((word) => word === status['execution']);
  if (execution === undefined) return invalid('status.execution', executions.join(', '), status['execution']);
  const { result } = status;
  if (!isFields(result)) return invalid('status.result', 'an object', result);
  const finished = finishes.find((word) => word === result['finished']);
  if (finished === undefined)
    return invalid('status.result.finished', finishes.join(', '), result['finished']);
  return ok({
    execution,
    finished,
    progress: progressOf(result['progress']),
    code: integerOf(status['code']) ?? null,
    details: textsOf(status['details']),
  });
};

const integerOf = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
};

const progressOf = (value: unknown): Feedback['progress'] => {
  if (!isFields(value)) return null;
  const done = integerOf(value['cnt']);
  const of = integerOf(value['of']);
  return done === undefined || of === undefined || done < 0 || of < 0 ? null : { done, of };
};

const scalarText = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
};

/** A list, or a scalar in place of one; what is no text is left out. */
const textsOf = (value: unknown): readonly string[] =>
  [value]
    .flat()
    .map(scalarText)
    .filter((text) => text !== undefined);

const modes = ['merge', 'replace', 'remove'] as const;
export type Mode = (typeof modes)[number];

/** Attributes as a device tells them (1.6); `null` takes a name away. */
export type ConfigData = { readonly mode: Mode; readonly data: Readonly<Record<string, string | null>> };

export const readConfigData = (body: unknown): Result<ConfigData, Refusal> => {
  const data = isFields(body) ? body['data'] : undefined;
  if (!isFields(body) || !isFields(data) || Object.keys(data).length === 0)
    return invalid('data', 'at least one attribute', data);
  const given = body['mode'] ?? 'merge';
  const mode = modes.find((word) => word === given);
  if (mode === undefined) return invalid('mode', modes.join(', '), given);
  const entries: [string, string | null][] = [];
  for (const [name, value] of Object.entries(data)) {
    const text = value === null ? null : scalarText(value);
    if (text === undefined) return invalid(`data.${name.slice(0, 80)}`, 'a text', value);
    entries.push([name, text]);
  }
  return ok({ mode, data: Object.fromEntries(entries) });
};

/** A keeper's word on an action that waits for it (1.11). */
export type Consent = Pick<Feedback, 'code' | 'details'> & { readonly agreed: boolean };

export const readConsent = (body: unknown): Result<Consent, Refusal> => {
  const word = isFields(body) ? body['confirmation'] : undefined;
  if (!isFields(body) || (word !== 'confirmed' && word !== 'denied'))
    return invalid('confirmation', 'confirmed or denied', word);
  const code = integerOf(body['code']) ?? null;
  return ok({ agreed: word === 'confirmed', code, details: textsOf(body['details']) });
};

const LONGEST = { initiator: 64, remark: 512 } as const;

/** Who turns consent in advance on, and why; the body may be missing. */
export const readAutoConfirm = (body: unknown): { readonly initiator: string; readonly remark: string } => {
  const fields = isFields(body) ? body : {};
  const cut = (name: 'initiator' | 'remark') =>
    storable(scalarText(fields[name]) ?? '')
      .slice(0, LONGEST[name])
      .toWellFormed();
  return { initiator: cut('initiator'), remark: cut('remark') };
};

export const readInstalled = (
  body: unknown,
): Result<{ readonly name: string; readonly version: string }, Refusal> => {
  const fields = isFields(body) ? body : {};
  const { name, version } = fields;
  if (typeof name !== 'string' || name === '') return invalid('name', 'a text', name);
  if (typeof version !== 'string' || version === '') return invalid('version', 'a text', version);
  return ok({ name: storable(name), version: storable(version) });
};
