import type { TaskReport } from '../../app/gateway-report.ts';
import { storable } from '../../app/log-lines.ts';
import type { Property, PropertyChange } from '../../app/pulse-profile.ts';
import type { Transfer } from '../../app/transfers.ts';
import { type Phase, phases } from '../../domain/position.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { type CommandStatus, commandStatuses } from '../../wire/pulse/agent.ts';

/**
 * Bodies as parsers of protobuf's JSON take them (reference 1.1): members in camelCase or snake_case, numbers as
 * numbers or text, `null` as absent, what is not known ignored.
 */
type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toSnake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const memberOf = (fields: Fields, name: string): unknown =>
  [name, toSnake(name)]
    .map((key) => (Object.hasOwn(fields, key) ? fields[key] : null))
    .find((it) => it !== null);

const invalid = (field: string, expected: string, got: unknown) =>
  refused<Refusal>({ code: 'invalid', field, expected, got: shown(got) });

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  return typeof value === 'object' ? 'something else' : JSON.stringify(value).slice(0, 80);
};

const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return storable(value);
  return typeof value === 'number' || typeof value === 'boolean' ? `${value}` : undefined;
};

/** A whole number, as a number or as text. */
export const integerOf = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
};

/** An object, which may be missing altogether; ids that it repeats have to be those of the path. */
const fieldsOf = (body: unknown, params: Readonly<Record<string, string>>): Result<Fields, Refusal> => {
  const fields = body ?? {};
  if (!isFields(fields)) return invalid('body', 'a JSON object', body);
  const path = { ...params, deviceId: params['gatewayId'] };
  for (const [name, id] of Object.entries(path)) {
    const said = memberOf(fields, name);
    if (said !== undefined && said !== '' && id !== undefined && said !== id)
      return invalid(name, `${JSON.stringify(id)} as in the path`, said);
  }
  return ok(fields);
};

/** Every item of a list by the same reader; absent is empty. */
const listOf = <Item>(
  fields: Fields,
  name: string,
  most: number,
  read: (value: unknown, field: string) => Result<Item, Refusal>,
): Result<readonly Item[], Refusal> => {
  const value = memberOf(fields, name) ?? [];
  if (!Array.isArray(value)) return invalid(name, 'a list', value);
  if (value.length > most) return invalid(name, `at most ${most} entries`, value.length);
  const items: Item[] = [];
  for (const [index, item] of value.entries()) {
    const one = read(item, `${name}.${index}`);
    if (!one.ok) return one;
    items.push(one.value);
  }
  return ok(items);
};

const readText = (value: unknown, field: string): Result<string, Refusal> => {
  const text = textOf(value);
  return text === undefined ? invalid(field, 'a text', value) : ok(text);
};

const MOST_REPORTS = 100;
const MOST = 1_000;

const words = {
  RECEIVED: 'received',
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  REJECTED: 'rejected',
} as const satisfies Readonly<Record<CommandStatus, TaskReport['status']>>;

const readReport = (value: unknown, field: string): Result<TaskReport, Refusal> => {
  if (!isFields(value)) return invalid(field, 'an object', value);
  const id = textOf(memberOf(value, 'commandId'));
  if (id === undefined || id === '') return invalid(`${field}.commandId`, 'the id of a command', id);
  const said = memberOf(value, 'status');
  const status = commandStatuses.find((word) => word === said);
  if (status === undefined) return invalid(`${field}.status`, commandStatuses.join(', '), said);
  const message = memberOf(value, 'message');
  const code = memberOf(value, 'exitCode');
  const exitCode = code === undefined ? null : integerOf(code);
  if (exitCode === undefined) return invalid(`${field}.exitCode`, 'a whole number', code);
  return ok({ id, status: words[status], message: textOf(message) ?? '', exitCode });
};

type Params = Readonly<Record<string, string>>;

/** What a gateway says of its commands; at least one. */
export const readReports = (body: unknown, params: Params): Result<readonly TaskReport[], Refusal> => {
  const fields = fieldsOf(body, params);
  if (!fields.ok) return fields;
  const reports = listOf(fields.value, 'commands', MOST_REPORTS, readReport);
  return reports.ok && reports.value.length === 0 ? invalid('commands', 'at least one', undefined) : reports;
};

const readTransfer = (value: unknown, field: string): Result<Transfer, Refusal> => {
  if (!isFields(value)) return invalid(field, 'an object', value);
  const id = textOf(memberOf(value, 'id'));
  if (id === undefined || id === '') return invalid(`${field}.id`, 'the id of a package', id);
  const [done, of] = ['progress', 'total'].map((name) => integerOf(memberOf(value, name) ?? 0));
  return done === undefined || of === undefined
    ? invalid(field, 'progress and total in bytes', undefined)
    : ok({ id, done, of });
};

/** How many bytes of which packages a gateway has. */
export const readTransfers = (body: unknown, params: Params): Result<readonly Transfer[], Refusal> => {
  const fields = fieldsOf(body, params);
  return fields.ok ? listOf(fields.value, 'packagesProgress', MOST, readTransfer) : fields;
};

export type Printed = { readonly lines: readonly string[]; readonly phase: Phase };

/** What a gateway prints while it carries out a phase: the execution unless it says another. */
export const readPrinted = (body: unknown, params: Params): Result<Printed, Refusal> => {
  const fields = fieldsOf(body, params);
  if (!fields.ok) return fields;
  const lines = listOf(fields.value, 'progress', MOST, readText);
  if (!lines.ok) return lines;
  const said = memberOf(fields.value, 'phase') ?? '';
  const phase = said === '' ? 'execution' : phases.find((name) => name === textOf(said)?.toLowerCase());
  return phase === undefined
    ? invalid('phase', phases.join(', ').toUpperCase(), said)
    : ok({ lines: lines.value, phase });
};

const readProperty = (value: unknown, field: string): Result<Property, Refusal> => {
  if (!isFields(value)) return invalid(field, 'an object', value);
  const name = textOf(memberOf(value, 'name'));
  if (name === undefined) return invalid(`${field}.name`, 'a name', memberOf(value, 'name'));
  const text = textOf(memberOf(value, 'value') ?? '');
  return text === undefined
    ? invalid(`${field}.value`, 'a text', memberOf(value, 'value'))
    : ok({ name, value: text });
};

/** Properties to set, and names of those to take away. */
export const readProperties = (body: unknown, params: Params): Result<PropertyChange, Refusal> => {
  const fields = fieldsOf(body, params);
  if (!fields.ok) return fields;
  const upsert = listOf(fields.value, 'upsert', MOST, readProperty);
  if (!upsert.ok) return upsert;
  const remove = listOf(fields.value, 'remove', MOST, readText);
  return remove.ok ? ok({ upsert: upsert.value, remove: remove.value }) : remove;
};
