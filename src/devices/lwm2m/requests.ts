import type { BlockSource, Exchange } from './coap/peer.ts';
import { instancePath, type Reach, send } from './operations.ts';
import type { Input, ObjectKind, Reset } from './session-types.ts';

/** Where in a device the package goes. */
export type Slot = { readonly kind: ObjectKind; readonly instance: number };

const OPAQUE = 42;
const TEXT = 0;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const nothing = new Uint8Array();

type Said = Extract<Input, { type: 'answered' | 'silent' }>;

/** What came of a request, as a session hears it. */
const toInput = (exchange: Exchange): Said => {
  if (exchange.ok) return { type: 'answered', code: exchange.response.code, offset: 0 };
  return exchange.why === 'protocol'
    ? { type: 'answered', code: 'broken', offset: exchange.offset }
    : { type: 'silent', offset: exchange.offset };
};

const pathOf = ({ kind, instance }: Slot, resource: number): string =>
  `${instancePath(kind, instance)}/${resource}`;

const run = (reach: Reach, path: string, argument?: string): Promise<Exchange> =>
  send(reach, path, {
    method: 'POST',
    priority: 'read',
    ...(argument === undefined ? { payload: nothing } : { payload: text(argument), contentFormat: TEXT }),
  });

/** Resources of the two objects: package, URI, install, and how to stop it. */
const resources = {
  firmware: { package: 0, uri: 1, execute: 2, cancel: 10, activate: 2 },
  software: { package: 2, uri: 3, execute: 4, cancel: 6, activate: 10 },
} as const satisfies Record<ObjectKind, object>;

/** Makes the device forget a package (A1.12.2). */
export const reset = async (reach: Reach, slot: Slot, by: Reset): Promise<Said> => {
  const at = resources[slot.kind];
  switch (by) {
    case 'cancel':
      return toInput(await run(reach, pathOf(slot, at.cancel)));
    case 'uninstall':
      return toInput(await run(reach, pathOf(slot, at.cancel), '1'));
    case 'empty-uri':
      return toInput(await put(reach, pathOf(slot, at.uri), TEXT, nothing));
    case 'nul-package':
      return toInput(await put(reach, pathOf(slot, at.package), OPAQUE, Uint8Array.of(0)));
    default:
      return by satisfies never;
  }
};

const put = (reach: Reach, path: string, contentFormat: number, payload: Uint8Array): Promise<Exchange> =>
  send(reach, path, { method: 'PUT', priority: 'read', contentFormat, payload });

/** Writes the URI of the package; the device fetches it when it likes. */
export const offer = async (reach: Reach, slot: Slot, uri: string): Promise<Said> =>
  toInput(await put(reach, pathOf(slot, resources[slot.kind].uri), TEXT, text(uri)));

/** Writes the package in blocks, from an offset on. */
export const push = async (
  reach: Reach,
  slot: Slot,
  source: BlockSource,
  from: number,
  progress: (sent: number) => void,
): Promise<Said> => {
  const { szx } = reach.profile;
  const block = 2 ** (szx + 4);
  return toInput(
    await send(reach, pathOf(slot, resources[slot.kind].package), {
      method: 'PUT',
      contentFormat: OPAQUE,
      payload: source,
      priority: 'block',
      szx,
      // A device that wanted smaller blocks is given ours again, which begin at or before where it was.
      from: Math.floor(from / block) * block,
      progress,
    }),
  );
};

/** Without a payload: some devices want none (A1.12.6). */
export const execute = async (reach: Reach, slot: Slot): Promise<Said> =>
  toInput(await run(reach, pathOf(slot, resources[slot.kind].execute)));

export const activate = async (reach: Reach, slot: Slot): Promise<Said> =>
  toInput(await run(reach, pathOf(slot, resources[slot.kind].activate)));
