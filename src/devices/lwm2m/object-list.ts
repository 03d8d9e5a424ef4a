import type { Link } from './codecs/link-format.ts';
import { parsePath, withoutRoot } from './codecs/path.ts';

/** One object of a device. Without instances it is supported and has none yet, or does not tell of them. */
export type RegisteredObject = {
  readonly object: number;
  /** Such as `1.1`; absent is 1.0, or what the enabler's version implies for objects of the enabler itself. */
  readonly version?: string;
  readonly instances: readonly number[];
};

/** What a list of links says of a device (reference A1.3). */
export type ObjectList = {
  /** Stands before every path of the device, such as `/lwm2m`; empty for none. */
  readonly root: string;
  /** Content formats that the device says it supports; empty where it does not say. */
  readonly formats: readonly number[];
  /** In order of their ids. */
  readonly objects: readonly RegisteredObject[];
};

const RT = 'oma.lwm2m';
const ROOT = /^(\/[A-Za-z0-9._~-]{1,32}){1,4}$/;
const VERSION = /^\d{1,3}\.\d{1,3}$/;

const attributeOf = (link: Link, name: string): string | undefined =>
  link.attributes.find(([own]) => own === name)?.[1];

const isRoot = (link: Link): boolean => attributeOf(link, 'rt')?.split(' ').includes(RT) ?? false;

/** Links that name no object are somebody else's and are passed over, as is a root that no path may begin with. */
export const readObjectList = (links: readonly Link[]): ObjectList => {
  const rootLink = links.find(isRoot);
  const target = rootLink?.target.replace(/\/+$/, '') ?? '';
  const slashed = target === '' || target.startsWith('/') ? target : `/${target}`;
  const root = ROOT.test(slashed) ? slashed : '';
  const formats = rootLink === undefined ? [] : formatsOf(rootLink);
  return { root, formats, objects: objectsOf(links, root) };
};

const formatsOf = (link: Link): readonly number[] =>
  (attributeOf(link, 'ct') ?? '')
    .split(/\s+/)
    .filter((text) => /^\d{1,5}$/.test(text))
    .map(Number);

type Found = { version?: string; readonly instances: Set<number> };

const objectsOf = (links: readonly Link[], root: string): readonly RegisteredObject[] => {
  const found = new Map<number, Found>();
  for (const link of links) {
    const target = link.target.startsWith('/') ? link.target : `/${link.target}`;
    const [object, instance, ...deeper] = parsePath(withoutRoot(target, root)) ?? [];
    if (object === undefined || deeper.length > 0) continue;
    const own = found.get(object) ?? { instances: new Set() };
    found.set(object, own);
    if (instance !== undefined) own.instances.add(instance);
    const version = attributeOf(link, 'ver');
    if (version !== undefined && VERSION.test(version)) own.version ??= version;
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([object, { version, instances }]) => ({
      object,
      ...(version !== undefined && { version }),
      instances: [...instances].sort((a, b) => a - b),
    }));
};
