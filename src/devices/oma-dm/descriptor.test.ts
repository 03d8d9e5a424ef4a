import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Descriptor, readDescriptor, readInstallStatus, writeDescriptor } from './descriptor.ts';
import { isXmlText } from './xml.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const descriptor: Descriptor = {
  types: ['application/octet-stream'],
  size: 1_048_576,
  objectUri: 'https://updates.example/dl/t1/a.bin?x=1&y=2',
  installNotifyUri: 'https://updates.example/dd/t1/notify',
  name: 'Bridge <2>',
};

describe('a download descriptor', () => {
  it('names the object, its size and types, and where to tell of it', () => {
    expect(Buffer.from(writeDescriptor(descriptor)).toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><media xmlns="http://www.openmobilealliance.org/xmlns/dd">' +
        '<type>application/octet-stream</type><size>1048576</size>' +
        '<objectURI>https://updates.example/dl/t1/a.bin?x=1&amp;y=2</objectURI>' +
        '<installNotifyURI>https://updates.example/dd/t1/notify</installNotifyURI>' +
        '<DDVersion>1.0</DDVersion><name>Bridge &lt;2&gt;</name></media>',
    );
  });

  it('is read as it was written', () => {
    const text = fc
      .string({ minLength: 1, unit: 'binary' })
      .filter((it) => isXmlText(it) && it === it.trim());
    const descriptors = fc.record(
      {
        types: fc.array(text, { minLength: 1, maxLength: 3 }),
        size: fc.nat(),
        objectUri: text,
        installNotifyUri: text,
        name: text,
        description: text,
        vendor: text,
        installParam: text,
      },
      { requiredKeys: ['types', 'size', 'objectUri'] },
    );
    fc.assert(
      fc.property(descriptors, (it) => {
        expect(readDescriptor(writeDescriptor(it))).toEqual({ ok: true, value: it });
      }),
    );
  });

  it.each([
    ['another document', '<SyncML/>'],
    ['no type', '<media><size>1</size><objectURI>a</objectURI></media>'],
    ['no object', '<media><type>a</type><size>1</size></media>'],
    ['no size', '<media><type>a</type><objectURI>a</objectURI></media>'],
    ['a size that is no number', '<media><type>a</type><size>1e3</size><objectURI>a</objectURI></media>'],
    ['no end', '<media><type>a</type>'],
  ])('is refused with %s', (_, text) => {
    expect(readDescriptor(bytes(text)).ok).toBe(false);
  });
});

describe('an install notification', () => {
  it.each([
    ['900 Success', { code: 900, text: 'Success' }],
    ['901 Insufficient memory\n\r', { code: 901, text: 'Insufficient memory' }],
    ['\r\n954 Loader Error  \r\nmore', { code: 954, text: 'Loader Error' }],
    ['953', { code: 953, text: '' }],
  ])('begins with a code: %j', (body, expected) => {
    expect(readInstallStatus(body)).toEqual(expected);
  });

  it.each(['', 'Success', '90', '9000 Success', '<status>900</status>', '90x'])(
    'is none without: %j',
    (body) => {
      expect(readInstallStatus(body)).toBeUndefined();
    },
  );
});
