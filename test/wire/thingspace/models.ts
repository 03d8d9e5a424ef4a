import { expect } from 'vitest';
import { modelFields, replyModels } from './model-fields.ts';

export type ModelName = keyof typeof modelFields;
/** A model, or a list of one. */
export type ModelForm = ModelName | `${ModelName}[]`;

type Field = { readonly name: string; readonly required: boolean; readonly type: string };

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

const isText = (value: unknown): value is string => typeof value === 'string';
const isRealDate = (text: string): boolean => !Number.isNaN(Date.parse(text));

/** The types that are no models; `FirmwareTypeListEnum` and the other are closed: another value loses the whole reply. */
const plain: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: isText,
  date: (value) => isText(value) && DATE.test(value) && isRealDate(value),
  instant: (value) => isText(value) && INSTANT.test(value) && isRealDate(value),
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  FirmwareTypeListEnum: (value) => value === 'append' || value === 'remove',
  CampaignMetaInfoProtocolEnum: (value) => value === 'LWM2M' || value === 'OMD-DM',
};

const fieldsOf = (model: ModelName): readonly Field[] =>
  modelFields[model]
    .trim()
    .split(/\s+/)
    .map((text) => {
      const [name = '', type = 'text'] = text.split(':');
      return {
        name: name.replace('*', ''),
        required: name.endsWith('*'),
        type: type.replace('string', 'text'),
      };
    });

const isModel = (name: string): name is ModelName => Object.hasOwn(modelFields, name);

const problemsOf = (type: string, value: unknown, where: string): readonly string[] => {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${where}: expected a list, got ${JSON.stringify(value)}`];
    return value.flatMap((item, index) => problemsOf(type.slice(0, -2), item, `${where}[${index}]`));
  }
  const isPlain = plain[type];
  if (isPlain !== undefined)
    return isPlain(value) ? [] : [`${where}: expected ${type}, got ${JSON.stringify(value)}`];
  if (!isModel(type)) throw new Error(`there is no model ${type}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${where}: expected ${type}, got ${JSON.stringify(value)}`];
  const members = new Map<string, unknown>(Object.entries(value));
  return fieldsOf(type).flatMap((field) => {
    const place = `${where}.${field.name}`;
    if (members.has(field.name)) return problemsOf(field.type, members.get(field.name), place);
    return field.required ? [`${place}: missing`] : [];
  });
};

/**
 * Expects what the SDK's validation does of a model, and more: numbers and booleans are no text, nothing is `null`, and
 * dates have the form that typed clients read (reference 1.1, 1.4). Members that the model has not are of no account.
 */
export const holdsModel = (model: ModelForm, body: unknown): void => {
  expect(problemsOf(model, body, model)).toEqual([]);
};

const replies: Readonly<Record<number, ModelForm | null>> = replyModels;

/** Expects the model of a reply by the operation's number in the reference; what has none is not looked at. */
export const holdsReply = (operation: number, body: unknown): void => {
  const model = replies[operation];
  if (model === undefined) throw new Error(`there is no operation ${operation}`);
  if (model !== null) holdsModel(model, body);
};
