import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate with its key, both as PEM. */
export type Certified = { readonly cert: string; readonly key: string; readonly name: string };

type Wanted = {
  /** DNS names and IPv4 addresses that it is for. */
  readonly hosts: readonly string[];
  readonly until?: Date;
  /** Who signs it; itself unless somebody else does. */
  readonly by?: Certified;
  readonly authority?: boolean;
};

const wrap = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...parts: readonly Uint8Array[]) => wrap(0x30, ...parts);
const oid = (hex: string) => wrap(0x06, Buffer.from(hex, 'hex'));
const text = (tag: number, value: string) => wrap(tag, Buffer.from(value));
const time = (at: Date) => text(0x18, at.toISOString().replaceAll(/[-:T]|\.\d+/g, ''));

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
const nameOf = (name: string) => sequence(wrap(0x31, sequence(oid('550403'), text(0x0c, name))));
const extension = (id: string, value: Uint8Array) => sequence(oid(id), wrap(0x04, value));

const hostOf = (host: string) =>
  isIP(host) === 4 ? wrap(0x87, Buffer.from(host.split('.').map(Number))) : text(0x82, host);

const toPem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;

let serial = 0;

/** A new certificate (X.509 version 3, RFC 5280) for TLS, valid since yesterday. */
export const newCertificate = ({ hosts, until, by, authority = false }: Wanted): Certified => {
  serial += 1;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = `muster test ${serial}`;
  const day = 86_400_000;
  const [from, to] = [new Date(Date.now() - day), until ?? new Date(Date.now() + day)];
  const extensions = sequence(
    extension('551d13', sequence(...(authority ? [Buffer.from([0x01, 0x01, 0xff])] : []))),
    extension('551d11', sequence(...hosts.map(hostOf))),
  );
  const content = sequence(
    wrap(0xa0, wrap(0x02, Buffer.from([2]))),
    wrap(0x02, Buffer.from([serial])),
    ecdsaWithSha256,
    nameOf(by?.name ?? name),
    sequence(time(from), time(to)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    wrap(0xa3, extensions),
  );
  const signer: KeyObject = by === undefined ? privateKey : createPrivateKey(by.key);
  const signature = wrap(0x03, Buffer.from([0]), sign('sha256', content, signer));
  const cert = toPem(sequence(content, ecdsaWithSha256, signature));
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), name };
};
