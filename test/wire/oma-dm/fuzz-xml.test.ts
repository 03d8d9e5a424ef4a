import { expect, it } from 'vitest';
import { takeHostileInputs } from './hostile-codec.ts';

const words = [
  '<?xml version="1.0"?>',
  ...[
    '<SyncML>',
    '</SyncML>',
    '<SyncHdr>',
    '</SyncHdr>',
    '<SyncBody>',
    '</SyncBody>',
    '<Final/>',
    '<a:b ',
    'xmlns',
  ],
  ...[
    '<!DOCTYPE a [',
    '<!ENTITY a "b">',
    ']>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<?',
    '?>',
    '&a;',
    '&#x0;',
    '&amp;',
  ],
  ...[
    '<',
    '>',
    '/',
    '"',
    "'",
    '=',
    '&',
    ';',
    'a',
    ' ',
    '\r\n',
    '\0',
    '\uFEFF',
    '\u{10FFFF}',
    '<a>',
    '</a>',
    '<a/>',
  ],
] as const;

const [first, ...others] = words.map((word) => Buffer.from(word));

it('a million inputs in XML are read or refused, and none throws or takes long', () => {
  if (first === undefined) expect.fail('no words');
  takeHostileInputs('xml', [first, ...others]);
}, 120_000);
