import type { Result } from '../../domain/result.ts';
import { textOf } from './data.ts';
import type { Unreadable } from './message.ts';
import { attempt, childrenOf, type Element, unfit } from './tree.ts';
import { escapeXml, readXml } from './xml.ts';

/** What a device reads before a download (OMA Download OTA 1.0, B2). */
export type Descriptor = {
  /** Media types of the object; at least one. */
  readonly types: readonly string[];
  /** Bytes. */
  readonly size: number;
  readonly objectUri: string;
  readonly installNotifyUri?: string;
  readonly name?: string;
  readonly description?: string;
  readonly vendor?: string;
  readonly installParam?: string;
};

export const DESCRIPTOR_TYPE = 'application/vnd.oma.dd+xml';

const NAMESPACE = 'http://www.openmobilealliance.org/xmlns/dd';

const write = (name: string, text: string | undefined): string =>
  text === undefined ? '' : `<${name}>${escapeXml(text)}</${name}>`;

/** A descriptor as XML in UTF-8. */
export const writeDescriptor = (descriptor: Descriptor): Uint8Array =>
  new TextEncoder().encode(
    [
      `<?xml version="1.0" encoding="UTF-8"?><media xmlns="${NAMESPACE}">`,
      ...descriptor.types.map((type) => write('type', type)),
      write('size', `${descriptor.size}`),
      write('objectURI', descriptor.objectUri),
      write('installNotifyURI', descriptor.installNotifyUri),
      write('DDVersion', '1.0'),
      write('name', descriptor.name),
      write('description', descriptor.description),
      write('vendor', descriptor.vendor),
      write('installParam', descriptor.installParam),
      '</media>',
    ].join(''),
  );

const optional = ['name', 'description', 'vendor', 'installParam'] as const;

const descriptorOf = (root: Element): Descriptor => {
  if (root.name !== 'media') unfit('a download descriptor');
  const textsOf = (name: string) => childrenOf(root, name).map(({ data }) => textOf(data).trim());
  const types = textsOf('type');
  const [size = ''] = textsOf('size');
  const [objectUri = ''] = textsOf('objectURI');
  const [installNotifyUri] = textsOf('installNotifyURI');
  if (types.length === 0 || objectUri === '') unfit('type and objectURI in a descriptor');
  if (!/^\d{1,15}$/.test(size)) unfit('a size in bytes');
  const others = optional.flatMap((name) =>
    textsOf(name)
      .slice(0, 1)
      .map((text) => [name, text]),
  );
  return {
    types,
    size: Number(size),
    objectUri,
    ...(installNotifyUri !== undefined && { installNotifyUri }),
    ...Object.fromEntries(others),
  };
};

/** Reads a descriptor, its elements in any order. */
export const readDescriptor = (bytes: Uint8Array): Result<Descriptor, Unreadable> =>
  attempt(() => descriptorOf(readXml(bytes)));

/** What became of an object, as a device posts it: `900 Success` (B2). */
export type InstallStatus = { readonly code: number; readonly text: string };

/** Reads the body of an install notification; `undefined` where it does not begin with a code. */
export const readInstallStatus = (body: string): InstallStatus | undefined => {
  const [, code, text = ''] = /^\uFEFF?\s*(\d{3})(?:[ \t]+([^\r\n]{0,200}))?/.exec(body) ?? [];
  return code === undefined || /^\s*\d{4}/.test(body) ? undefined : { code: Number(code), text: text.trim() };
};
