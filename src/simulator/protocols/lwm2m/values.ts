/** What a simulated device keeps in a resource; an array is a multiple resource. */
export type DeviceValue = string | number | boolean | readonly number[];

/** Resources of one instance, by id. */
export type DeviceInstance = ReadonlyMap<number, DeviceValue>;

export const TEXT = 0;
export const TLV = 11542;

/** A value in text/plain; `undefined` for multiple resources, which have none. */
export const textOf = (value: DeviceValue): Buffer | undefined => {
  if (typeof value === 'boolean') return Buffer.from(value ? '1' : '0');
  return typeof value === 'object' ? undefined : Buffer.from(String(value));
};

// The device's own encoder: it has to agree with the server's by the specification alone.
const item = (type: number, id: number, body: Buffer): Buffer => {
  if (body.length < 8) return Buffer.concat([Buffer.from([type | body.length, id]), body]);
  return Buffer.concat([Buffer.from([type | 0x10, id, body.length >> 8, body.length & 0xff]), body]);
};

const integer = (value: number): Buffer => {
  const bytes = Buffer.alloc(value >= -128 && value < 128 ? 1 : 4);
  bytes.writeIntBE(value, 0, bytes.length);
  return bytes;
};

const RESOURCE = 0xc0;
const MULTIPLE = 0x80;
const RESOURCE_INSTANCE = 0x40;

/** A resource in TLV. */
export const tlvOf = (id: number, value: DeviceValue): Buffer => {
  if (typeof value === 'object') {
    const instances = value.map((one, index) => item(RESOURCE_INSTANCE, index, integer(one)));
    return item(MULTIPLE, id, Buffer.concat(instances));
  }
  if (typeof value === 'number') return item(RESOURCE, id, integer(value));
  return item(RESOURCE, id, typeof value === 'string' ? Buffer.from(value) : integer(value ? 1 : 0));
};

/** An instance in TLV, without a wrapping of its own. */
export const instanceTlv = (instance: DeviceInstance): Buffer =>
  Buffer.concat([...instance].map(([id, value]) => tlvOf(id, value)));
