import { createHash } from 'node:crypto';
import { type ZipPart, zip } from './zip.ts';

export const MANIFEST = 'dist-info/Manifest';
export const CHECK_SUMS = 'dist-info/CHECK_SUMS';

export const manifestOf = (fields: Readonly<Record<string, unknown>> = {}): ZipPart => ({
  name: MANIFEST,
  content: JSON.stringify({
    ACTIVATE: '',
    EXECUTE: 'execute.sh',
    HEADLESS_EXECUTION: true,
    NAME: 'thermostat',
    RESET: '',
    VALIDATE: 'validate.sh',
    VERIFY: '',
    VERSION: '1.2.3',
    ...fields,
  }),
});

export const sumLine = ({ name, content = '' }: ZipPart): string =>
  `${name.toString()}: sha256=${createHash('sha256').update(Buffer.from(content)).digest('hex')}\n`;

export const checkSumsOf = (parts: readonly ZipPart[]): ZipPart => ({
  name: CHECK_SUMS,
  content: parts.map(sumLine).join(''),
});

/** A package as the vendor's tool lays it out: manifest first, sums last. */
export const iotcp = (
  data: readonly ZipPart[] = [{ name: 'data/execute.sh', content: '#!/bin/sh\n' }],
): Buffer => {
  const parts = [manifestOf(), ...data];
  return zip([...parts, checkSumsOf(parts)]);
};
