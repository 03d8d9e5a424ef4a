import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** PEM files. Debian's SWUpdate installs nothing that is not signed. */
export type Signer = { readonly certificate: string; readonly key: string };

/** Makes a certificate that signs packages, valid for a day. */
export const makeSigner = (directory: string): Signer => {
  const signer = { certificate: join(directory, 'certificate.pem'), key: join(directory, 'key.pem') };
  const files = ['-keyout', signer.key, '-out', signer.certificate];
  const what = ['-subj', '/CN=packages', '-days', '1', '-addext', 'extendedKeyUsage=emailProtection'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...what], {
    stdio: 'pipe',
  });
  return signer;
};

/** A detached CMS signature in DER. */
const sign = ({ certificate, key }: Signer, text: string): Buffer => {
  const form = ['-binary', '-nosmimecap', '-md', 'sha256', '-outform', 'DER'];
  return execFileSync('openssl', ['cms', '-sign', ...form, '-signer', certificate, '-inkey', key], {
    input: text,
  });
};

export type Image = {
  readonly version: string;
  readonly payload: Buffer;
  /** The file that it becomes on the device. */
  readonly installTo: string;
  /** A shell script that runs before and after the payload is put in place, with `preinst` or `postinst`. */
  readonly script: string;
};

/** The hardware that images are for; a device says with `-H` what it is. */
export const hardware = { board: 'bench', revision: '1.0' } as const;

/** An image as SWUpdate takes it: a cpio archive with the description and its signature first. */
export const swuOf = (signer: Signer, image: Image): Buffer => {
  const script = Buffer.from(image.script);
  const description = describe(image, script);
  return archiveOf([
    { name: 'sw-description', bytes: Buffer.from(description) },
    { name: 'sw-description.sig', bytes: sign(signer, description) },
    { name: 'script.sh', bytes: script },
    { name: 'payload', bytes: image.payload },
  ]);
};

const describe = ({ version, payload, installTo }: Image, script: Buffer): string => `software = {
  version = ${JSON.stringify(version)};
  hardware-compatibility: [ "${hardware.revision}" ];
  files: ({ filename = "payload"; path = ${JSON.stringify(installTo)}; sha256 = "${sha256(payload)}"; });
  scripts: ({ filename = "script.sh"; type = "shellscript"; sha256 = "${sha256(script)}"; });
}
`;

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

type Entry = { readonly name: string; readonly bytes: Buffer };

/** A cpio archive in the "new crc" form: cpio(5), magic 070702. */
const archiveOf = (entries: readonly Entry[]): Buffer => {
  const end = { name: 'TRAILER!!!', bytes: Buffer.alloc(0) };
  return padded(Buffer.concat([...entries, end].map(entryOf)), 512);
};

const REGULAR_FILE = 0o100644;

const entryOf = ({ name, bytes }: Entry, index: number): Buffer => {
  const owner = [0, 0];
  const links = 1;
  const changedAt = 0;
  const devices = [0, 0, 0, 0];
  const numbers = [
    index + 1,
    REGULAR_FILE,
    ...owner,
    links,
    changedAt,
    bytes.length,
    ...devices,
    name.length + 1,
    sumOf(bytes),
  ];
  const fields = numbers.map((number) => number.toString(16).padStart(8, '0')).join('');
  return Buffer.concat([padded(Buffer.from(`070702${fields}${name}\0`), 4), padded(bytes, 4)]);
};

/** The "crc" of cpio is the plain sum of all bytes in 32 bits. */
const sumOf = (bytes: Buffer): number => {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return sum % 2 ** 32;
};

const padded = (bytes: Buffer, unit: number): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((unit - (bytes.length % unit)) % unit)]);
