import type { DeviceReply, DeviceRequest } from './network.ts';

/** What a bootstrap server has written: resources of object 0 and 1 as bytes, by path such as `/0/1/3`. */
export type Written = ReadonlyMap<string, Buffer>;

/** A device's side of bootstrap (LwM2M 1.0.2, 5.2): its own account of the bootstrap server is instance 0 of object 0. */
export type BootstrapSide = {
  /** Whether a request is one of bootstrap. */
  readonly isFor: (request: DeviceRequest) => boolean;
  readonly answer: (request: DeviceRequest) => DeviceReply;
  /** Resolves with what was written once the server says that it is done. */
  readonly finished: Promise<Written>;
};

const LONG = 0x08;

/** Resources of an instance in TLV; lengths of up to 255 bytes, as those of accounts are. */
const resourcesIn = (bytes: Buffer): readonly (readonly [id: number, value: Buffer])[] => {
  const found: (readonly [number, Buffer])[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [type = 0, id = 0, next = 0] = bytes.subarray(at);
    if ((type & 0xe0) !== 0xc0) throw new Error(`no resource with a short id: ${type}`);
    const [start, length] = (type & 0x18) === LONG ? [at + 3, next] : [at + 2, type & 7];
    found.push([id, bytes.subarray(start, start + length)]);
    at = start + length;
  }
  return found;
};

export const createBootstrapSide = (): BootstrapSide => {
  const { promise: finished, resolve } = Promise.withResolvers<Written>();
  const written = new Map<string, Buffer>();

  const write = ({ path, payload }: DeviceRequest): DeviceReply => {
    // Whoever overwrites this account has locked the device out.
    if (path === '/0/0') return { code: '4.05' };
    for (const [id, value] of resourcesIn(payload)) written.set(`${path}/${id}`, value);
    return { code: '2.04' };
  };
  const forget = (object: string): DeviceReply => {
    for (const path of [...written.keys()]) if (path.startsWith(`${object}/`)) written.delete(path);
    return { code: '2.02' };
  };

  return {
    isFor: ({ path }) =>
      path === '/bs' || path === '/0' || path === '/1' || path.startsWith('/0/') || path === '/1/0',
    answer: (request) => {
      const { method, path } = request;
      if (method === 'GET') {
        return { code: '2.05', contentFormat: 40, payload: Buffer.from('</0/0>,</0/1>;ssid=7') };
      }
      if (method === 'DELETE') return forget(path);
      if (method === 'PUT') return write(request);
      resolve(written);
      return { code: '2.04' };
    },
    finished,
  };
};
