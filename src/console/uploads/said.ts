import type { UploadMetadata } from '../../wire/muster/packages.ts';

/** What the form of an upload holds. Labels are lines of `name=value`. */
export type UploadForm = {
  readonly name: string;
  readonly version: string;
  readonly kind: NonNullable<UploadMetadata['kind']> | '';
  readonly make: string;
  readonly model: string;
  readonly fromVersion: string;
  readonly description: string;
  readonly labels: string;
};

const ENDINGS = /\.(?:tar\.(?:gz|xz|bz2|zst)|[a-z][a-z0-9]{0,8})$/i;
const VERSION = /[-_ ]?v?(\d+(?:\.\d+)+(?:[-+][0-9a-z.-]+)?)$/i;

/** Whether the bytes say themselves what they are called. */
export const namesItself = (fileName: string): boolean => /\.iotcp$/i.test(fileName);

/** A form filled in as far as the name of a file tells: `gateway-os_2.1.0.bin` is version 2.1.0 of gateway-os. */
export const formOf = (fileName: string): UploadForm => {
  const bare = fileName.replace(ENDINGS, '');
  const version = namesItself(fileName) ? undefined : VERSION.exec(bare);
  return {
    name: namesItself(fileName) ? '' : bare.slice(0, version?.index ?? bare.length) || bare,
    version: version?.[1] ?? '',
    kind: namesItself(fileName) ? '' : 'firmware',
    ...{ make: '', model: '', fromVersion: '', description: '', labels: '' },
  };
};

const linesOf = (labels: string): readonly string[] =>
  labels
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Labels from lines of `name=value`. */
export const labelsIn = (labels: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    linesOf(labels).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

export type Flaws = { readonly [Field in keyof UploadForm]?: string };

// biome-ignore lint/suspicious/noControlCharactersInRegex: a line of text has none
const LINE = /^[^\u0000-\u001f]{0,256}$/;

const labelFlaw = (labels: string): string | undefined => {
  const lines = linesOf(labels);
  const wrong = lines.find((line) => !/^[^=]{1,128}=.*$/.test(line));
  if (wrong !== undefined) return `Write name=value; got “${wrong}”.`;
  const names = lines.map((line) => line.slice(0, line.indexOf('=')));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? undefined : `“${twice}” is there twice.`;
};

const missing = (form: UploadForm, fileName: string, field: 'name' | 'version'): string | undefined => {
  if (!LINE.test(form[field])) return 'At most 256 characters.';
  return form[field].trim() === '' && !namesItself(fileName) ? 'Needed.' : undefined;
};

/** What has to be put right before the upload can begin, by field. */
export const flawsOf = (form: UploadForm, fileName: string): Flaws => {
  const found = {
    name: missing(form, fileName, 'name'),
    version: missing(form, fileName, 'version'),
    labels: labelFlaw(form.labels),
  };
  return Object.fromEntries(Object.entries(found).filter(([, flaw]) => flaw !== undefined));
};

/** The form in the words of the API; what is empty is left out. */
export const saidBy = ({ labels, kind, ...texts }: UploadForm, fileName: string): UploadMetadata => {
  const given = Object.entries(texts)
    .map(([field, text]) => [field, text.trim()] as const)
    .filter(([, text]) => text !== '');
  const named = labelsIn(labels);
  return {
    ...Object.fromEntries(given),
    ...(kind !== '' && { kind }),
    ...(Object.keys(named).length > 0 && { labels: named }),
    fileName,
  };
};
