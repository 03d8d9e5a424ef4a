import type { DeviceObject, Reaction } from './objects.ts';
import { type DeviceValue, instanceTlv, TEXT, TLV, textOf, tlvOf } from './values.ts';

/** What a read comes to. */
export type Reading = { readonly code: string; readonly contentFormat?: number; readonly payload?: Buffer };

/** A device's objects, asked by path; it knows instance 0 of each. */
export type DeviceModel = {
  readonly read: (path: string, accept: number | undefined) => Reading;
  readonly write: (path: string, payload: Buffer) => Reaction;
  readonly execute: (path: string) => Reaction;
  readonly valueAt: (path: string) => DeviceValue | undefined;
};

const executables = new Map([
  ['1', [8]],
  ['3', [4]],
  ['5', [2, 10]],
  ['9', [4, 6, 10, 11]],
]);

/** `1.0` prefers TLV for everything, `1.1` text for single resources (reference A1.9). */
export const createModel = (
  objects: ReadonlyMap<string, DeviceObject>,
  enabler: '1.0' | '1.1',
): DeviceModel => {
  const find = (path: string) => {
    const [, object = '', instance, resource, ...deeper] = path.split('/');
    const found = instance === '0' && deeper.length === 0 ? objects.get(object) : undefined;
    return { object, found, resource };
  };
  const single = (
    object: string,
    id: number,
    value: DeviceValue | undefined,
    accept: number | undefined,
  ): Reading => {
    if (value === undefined)
      return { code: executables.get(object)?.includes(id) === true ? '4.05' : '4.04' };
    const text = textOf(value);
    const format = accept ?? (enabler === '1.0' || text === undefined ? TLV : TEXT);
    if (format === TLV) return { code: '2.05', contentFormat: TLV, payload: tlvOf(id, value) };
    if (format !== TEXT || text === undefined) return { code: '4.06' };
    return { code: '2.05', contentFormat: TEXT, payload: text };
  };
  const change = (path: string, act: (target: DeviceObject, resource: number) => Reaction): Reaction => {
    const { found, resource } = find(path);
    if (found === undefined) return { code: '4.04' };
    return resource === undefined ? { code: '4.05' } : act(found, Number(resource));
  };
  return {
    read: (path, accept) => {
      const { object, found, resource } = find(path);
      if (found === undefined) return { code: '4.04' };
      const instance = found.read();
      if (resource !== undefined)
        return single(object, Number(resource), instance.get(Number(resource)), accept);
      if (accept !== undefined && accept !== TLV) return { code: '4.06' };
      return { code: '2.05', contentFormat: TLV, payload: instanceTlv(instance) };
    },
    write: (path, payload) => change(path, (target, resource) => target.write(resource, payload)),
    execute: (path) => change(path, (target, resource) => target.execute(resource)),
    valueAt: (path) => {
      const { found, resource } = find(path);
      return found?.read().get(Number(resource));
    },
  };
};

export type IdentityOptions = {
  readonly endpoint: string;
  readonly queue?: boolean;
  readonly make?: string;
  readonly model?: string;
  readonly version: () => string;
  readonly reboot: () => void;
};

/** Object 3. */
export const createIdentity = ({
  endpoint,
  queue,
  make = 'Simulated Maker',
  model = 'SIM-1',
  version,
  reboot,
}: IdentityOptions): DeviceObject => ({
  read: () =>
    new Map<number, DeviceValue>([
      [0, make],
      [1, model],
      [2, endpoint.split(':').at(-1) ?? ''],
      [3, version()],
      [9, 80],
      [16, queue === true ? 'UQ' : 'U'],
      [17, 'simulator'],
      [18, 'rev-a'],
      [19, '0.9'],
    ]),
  write: () => ({ code: '4.05' }),
  execute: (resource) => (resource === 4 ? { code: '2.04', after: reboot } : { code: '4.04' }),
});

/** Object 1, of which only the lifetime and the trigger of an update are there. */
export const createServerObject = (lifetime: number, update: () => void): DeviceObject => ({
  read: () => new Map([[1, lifetime]]),
  write: () => ({ code: '2.04' }),
  execute: (resource) => (resource === 8 ? { code: '2.04', after: update } : { code: '4.04' }),
});
