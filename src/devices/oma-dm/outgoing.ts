import type { Command, Item } from './message.ts';

/** A command on its way to the device, not yet numbered; what comes back is kept under its key. */
export type Outgoing = {
  readonly key: string;
  readonly name: 'Get' | 'Add' | 'Replace' | 'Delete' | 'Exec';
  readonly node: string;
  readonly format?: string;
  readonly data?: string;
  readonly correlator?: string;
  /** In place of data the bytes of a package, from there on: sent in chunks (B1.8). */
  readonly object?: { readonly packageId: string; readonly size: number; readonly from: number };
};

export const get = (key: string, node: string): Outgoing => ({ key, name: 'Get', node });
export const replace = (key: string, node: string, data: string): Outgoing => ({
  ...{ key, name: 'Replace', node, format: 'chr', data },
});
export const add = (key: string, node: string, data?: string): Outgoing =>
  data === undefined
    ? { key, name: 'Add', node, format: 'node' }
    : { key, name: 'Add', node, format: 'chr', data };
export const exec = (key: string, node: string, correlator: string): Outgoing => ({
  ...{ key, name: 'Exec', node, correlator },
});
export const remove = (key: string, node: string): Outgoing => ({ key, name: 'Delete', node });

const itemOf = ({ node, format, data }: Outgoing): Item => ({
  target: node,
  ...(format !== undefined && {
    meta: { format, ...(format === 'node' ? {} : { type: 'text/plain' }) },
  }),
  ...(data !== undefined && { data }),
});

/** As it stands in a message. */
export const commandOf = (outgoing: Outgoing, cmdId: string): Command => {
  const items = [itemOf(outgoing)];
  const { name, correlator } = outgoing;
  if (name !== 'Exec') return { name, cmdId, items };
  return correlator === undefined ? { name, cmdId, items } : { name, cmdId, correlator, items };
};
