import type { Assignment } from '../../app/check-in.ts';
import type { Inventory } from '../../app/device-attributes.ts';
import { storable } from '../../app/log-lines.ts';
import type { StoredPackage } from '../../app/records.ts';
import { limits } from '../../domain/device.ts';
import { booleanAt, type Content, integerAt, integersAt, textAt } from './codecs/content.ts';
import type { ObjectList } from './object-list.ts';
import type { Registered } from './registered.ts';
import type { RegistrationUpdate } from './registration.ts';
import { stateOf } from './results.ts';
import type { ObjectKind, Order, Readings, Scheme } from './session-types.ts';

/** `3/0 5/0@1.1 9`: the objects of a registration in few characters. */
export const toObjects = ({ objects }: ObjectList): string =>
  objects
    .flatMap(({ object, version, instances }) => {
      const suffix = version === undefined ? '' : `@${version}`;
      return instances.length === 0
        ? [`${object}${suffix}`]
        : instances.map((instance, index) => `${object}/${instance}${index === 0 ? suffix : ''}`);
    })
    .join(' ');

type Said = Pick<RegistrationUpdate, 'binding' | 'sms'> & { readonly others?: readonly string[] };

/** What a device said of itself beside what is acted on, as in its query: `b=U&sms=49151&vendor=x`. */
export const toParameters = ({ binding, sms, others = [] }: Said, before = ''): string => {
  const news = [
    ...(binding === undefined ? [] : [`b=${binding}`]),
    ...(sms === undefined ? [] : [`sms=${sms}`]),
    ...others,
  ];
  const names = news.map(nameOf);
  const old = before.split('&').filter((text) => text !== '' && !names.includes(nameOf(text)));
  return [...news, ...old].join('&');
};

const nameOf = (parameter: string): string => parameter.split('=')[0] ?? '';

/** Which object brings a package of this kind. */
const kindOf = ({ kind }: Pick<StoredPackage, 'kind'>): ObjectKind =>
  kind === 'firmware' ? 'firmware' : 'software';

/** An assignment in the words of a session; `undefined` where there is nothing that one device request could bring. */
export const toOrder = (
  { campaign, packages: [pack], update, due }: Pick<Assignment, 'campaign' | 'packages' | 'update' | 'due'>,
  offers: readonly Scheme[],
): Order | undefined => {
  if (pack === undefined || update.status === 'closed') return undefined;
  const journey = `${campaign.key}.${update.generation}`;
  return {
    attempt: `${journey}.${update.attempt}`,
    journey,
    kind: kindOf(pack),
    due,
    recalled: update.recall !== null,
    again: update.generation > 1,
    target: pack.version,
    size: pack.digests.size,
    offers,
  };
};

/** What object 5 says in its instance at a path. */
export const toFirmware = (content: Content, path: string, cancels: boolean): Omit<Readings, 'version'> => ({
  state: stateOf('firmware', integerAt(content, `${path}/3`)),
  result: integerAt(content, `${path}/5`),
  protocols: integersAt(content, `${path}/8`),
  method: integerAt(content, `${path}/9`),
  cancels,
});

/** What object 9 says in its instance at a path. */
export const toSoftware = (content: Content, path: string): Readings => ({
  state: stateOf('software', integerAt(content, `${path}/7`)),
  result: integerAt(content, `${path}/9`),
  version: textAt(content, `${path}/1`),
  active: booleanAt(content, `${path}/12`),
  protocols: [],
  method: undefined,
  cancels: false,
});

/** Resources of object 3 that are kept as attributes (A1.10). */
const told: Readonly<Record<number, string>> = {
  0: 'manufacturer',
  1: 'modelNumber',
  2: 'serialNumber',
  17: 'deviceType',
  18: 'hardwareVersion',
  19: 'softwareVersion',
};

const MOST_TEXT = 200;

const textIn = (content: Content, id: number): string | undefined => {
  const text = textAt(content, `/3/0/${id}`);
  return text === undefined || text === ''
    ? undefined
    : storable(text).slice(0, Math.min(MOST_TEXT, limits.text));
};

/** What a device says it is: object 3, and how it registered. */
export const toInventory = (
  content: Content,
  version: string | undefined,
  { enabler, queue, listener, parameters }: Pick<Registered, 'enabler' | 'queue' | 'listener' | 'parameters'>,
): Inventory => {
  const attributes: Record<string, string> = {
    'lwm2m.enabler': enabler,
    'lwm2m.queueMode': queue ? 'yes' : 'no',
    'lwm2m.transport': listener,
    'lwm2m.parameters': storable(parameters).slice(0, MOST_TEXT),
  };
  for (const [id, name] of Object.entries(told)) {
    const text = textIn(content, Number(id));
    if (text !== undefined) attributes[name] = text;
  }
  const firmware =
    version === undefined || version === '' ? undefined : storable(version).slice(0, MOST_TEXT);
  return {
    make: textIn(content, 0),
    model: textIn(content, 1),
    versions: firmware === undefined ? {} : { firmware },
    attributes,
  };
};
