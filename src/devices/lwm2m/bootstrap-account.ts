import { encodeContent, type WritableFormat } from './codecs/content.ts';
import { contentFormats } from './codecs/content-format.ts';
import type { Link } from './codecs/link-format.ts';
import { parsePath } from './codecs/path.ts';
import type { Written, WrittenEntry } from './codecs/value.ts';

export type SecureScheme = 'coaps' | 'coaps+tcp';

/** What a device is told of the server that it is to register at. */
export type Account = {
  readonly uri: string;
  readonly scheme: SecureScheme;
  readonly identity: string;
  readonly key: Uint8Array;
};

/** One write of an object's instance. */
export type AccountWrite = {
  readonly path: readonly string[];
  readonly contentFormat: WritableFormat;
  readonly payload: Uint8Array;
};

/** Joins an instance of object 0 to that of object 1. */
const SHORT_SERVER_ID = 1;
const LIFETIME = 86_400;
const PRE_SHARED_KEY = 0;
/** Devices have few instances of object 0. */
const MOST_INSTANCES = 16;
/** Where nothing is known of what the device has: its bootstrap account is 0 as a rule. */
const USUAL_INSTANCE = 1;

/**
 * The instance of object 0 to write, by what a device lists of it: an account without a short server id is that of
 * the bootstrap server, which is not to be lost.
 */
export const freeInstance = (links: readonly Link[]): number => {
  const taken = new Set<number>();
  for (const { target, attributes } of links) {
    const [object, instance] = parsePath(target) ?? [];
    const isBootstrap = !attributes.some(([name]) => name === 'ssid');
    if (object === 0 && instance !== undefined && isBootstrap) taken.add(instance);
  }
  if (taken.size === 0) return USUAL_INSTANCE;
  for (let instance = 0; instance < MOST_INSTANCES; instance += 1) {
    if (!taken.has(instance)) return instance;
  }
  return USUAL_INSTANCE;
};

const text = (value: string): Written => ({ kind: 'text', text: value });
const integer = (value: number): Written => ({ kind: 'integer', number: value });
const boolean = (value: boolean): Written => ({ kind: 'boolean', boolean: value });
const opaque = (bytes: Uint8Array): Written => ({ kind: 'opaque', bytes });

/** Security and Server objects, in SenML CBOR where the device prefers it (`pct`), else in TLV, which all understand. */
export const accountWrites = (
  { uri, scheme, identity, key }: Account,
  instance: number,
  format: string | undefined,
): readonly AccountWrite[] => {
  const contentFormat =
    format === `${contentFormats.senmlCbor}` ? contentFormats.senmlCbor : contentFormats.tlv;
  const security: Readonly<Record<number, Written>> = {
    0: text(uri),
    1: boolean(false),
    2: integer(PRE_SHARED_KEY),
    3: opaque(Buffer.from(identity)),
    4: opaque(new Uint8Array()),
    5: opaque(key),
    10: integer(SHORT_SERVER_ID),
  };
  const server: Readonly<Record<number, Written>> = {
    0: integer(SHORT_SERVER_ID),
    1: integer(LIFETIME),
    6: boolean(true),
    7: text(scheme === 'coaps' ? 'U' : 'T'),
  };
  return [writeOf(0, instance, security, contentFormat), writeOf(1, 0, server, contentFormat)];
};

const writeOf = (
  object: number,
  instance: number,
  values: Readonly<Record<number, Written>>,
  contentFormat: WritableFormat,
): AccountWrite => {
  const path = `/${object}/${instance}`;
  const entries: readonly WrittenEntry[] = Object.entries(values).map(([id, value]) => ({
    path: `${path}/${id}`,
    value,
  }));
  const encoded = encodeContent(contentFormat, path, entries);
  // Nothing in it comes from outside, so that both formats can say it.
  if (!encoded.ok) throw new Error(`${path} cannot be written: ${encoded.refusal.code}`);
  return { path: [`${object}`, `${instance}`], contentFormat, payload: encoded.value };
};
