/** A path in a device's data model, as numbers: object, instance, resource, resource instance; at most four. */
export type NumericPath = readonly number[];

/** 65535 stands for "none" in the data model and is no id. */
const LAST_ID = 65_534;
const ID = /^(0|[1-9]\d{0,4})$/;

const isId = (text: string): boolean => ID.test(text) && Number(text) <= LAST_ID;

/** Reads `/5/0/3`; with or without the first or a last slash. `undefined` for what is no path of the data model. */
export const parsePath = (text: string): NumericPath | undefined => {
  if (text.length > 32) return undefined;
  const segments = text.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (segments.length === 1 && segments[0] === '') return [];
  if (segments.length > 4 || !segments.every(isId)) return undefined;
  return segments.map(Number);
};

/** `/5/0/3`; the empty path is `/`. */
export const formatPath = (path: NumericPath): string => `/${path.join('/')}`;

/** What stands below the alternate root (`/lwm2m`, or empty for none); devices may leave the root out in names. */
export const withoutRoot = (text: string, root: string): string =>
  root !== '' && (text === root || text.startsWith(`${root}/`)) ? text.slice(root.length) : text;

/** Segments of a request to a device: those of its alternate root, then those of the path. */
export const requestPath = (path: string, root: string): readonly string[] =>
  `${root}${path}`.split('/').filter((segment) => segment !== '');
