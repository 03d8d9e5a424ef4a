/** A path in a device's data model, as numbers: object, instance, resource, resource instance; at most four. */
export type NumericPath = readonly number[];

/** 65535 stands for "none" in the data model and is no id. */
const LAST_ID = 65_534;
const PATH = /^\/?(?:(\d{1,5})(?:\/(\d{1,5})(?:\/(\d{1,5})(?:\/(\d{1,5}))?)?)?\/?)?$/;

const isId = (text: string): boolean => Number(text) <= LAST_ID && (text === '0' || !text.startsWith('0'));

/** Reads `/5/0/3`; with or without the first or a last slash. `undefined` for what is no path of the data model. */
export const parsePath = (text: string): NumericPath | undefined => {
  const ids = PATH.exec(text)
    ?.slice(1)
    .filter((id) => id !== undefined);
  return ids?.every(isId) === true ? ids.map(Number) : undefined;
};

/** `/5/0/3`; the empty path is `/`. */
export const formatPath = (path: NumericPath): string => `/${path.join('/')}`;

/** What stands below the alternate root (`/lwm2m`, or empty for none); devices may leave the root out in names. */
export const withoutRoot = (text: string, root: string): string =>
  root !== '' && (text === root || text.startsWith(`${root}/`)) ? text.slice(root.length) : text;

/** Segments of a request to a device: those of its alternate root, then those of the path. */
export const requestPath = (path: string, root: string): readonly string[] =>
  `${root}${path}`.split('/').filter((segment) => segment !== '');
