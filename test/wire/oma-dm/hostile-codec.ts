import { expect } from 'vitest';
import { readMessage, writeMessage } from '../../../src/devices/oma-dm/codec.ts';
import type { Encoding } from '../../../src/devices/oma-dm/message.ts';
import { aHeader, eachKind } from '../../support/dm-messages.ts';
import { drawFrom, hostileInput } from '../../support/fuzz.ts';

const SEED = 20_070_209;

export const MILLION = 1_000_000;

/** Far more than any input takes, so that a busy machine is no fault. */
const SLOWEST_MS = 2_000;

const seedsOf = (encoding: Encoding): readonly [Uint8Array, ...Uint8Array[]] => {
  const header = { ...aHeader, target: 's', source: 'd' };
  const none = writeMessage({ header, commands: [], final: true }, encoding);
  return [
    none,
    ...eachKind.map(({ message }) =>
      writeMessage({ ...message, header, commands: message.commands.slice(0, 1) }, encoding),
    ),
  ];
};

const hexOf = (input: Uint8Array): string => Buffer.from(input).toString('hex');

/** Reads one input, and writes again what was understood; gives the milliseconds that took. */
const take = (input: Uint8Array, encoding: Encoding, isWritten: boolean): number => {
  const started = performance.now();
  try {
    const message = readMessage(input, encoding);
    if (message.ok && isWritten)
      for (const other of ['xml', 'wbxml'] as const) writeMessage(message.value, other);
  } catch (error) {
    expect.fail(`${error} after ${hexOf(input)}`);
  }
  return performance.now() - started;
};

type Inputs = {
  readonly count: number;
  /** Which of several runs this is: each has inputs of its own. */
  readonly run?: number;
  /** Pieces that mean something in the encoding. */
  readonly words: readonly [Uint8Array, ...Uint8Array[]];
};

/** Inputs that are the same every time: none throws, and none takes long. */
export const takeHostileInputs = (encoding: Encoding, { count, run = 0, words }: Inputs): void => {
  // Where each refusal came from is of no use here, and costs more than the reading.
  Error.stackTraceLimit = 0;
  const draw = drawFrom(SEED + run * MILLION);
  const sources = { seeds: seedsOf(encoding), words };
  for (let index = 0; index < count; index += 1) {
    const input = hostileInput(draw, sources);
    const took = take(input, encoding, index % 32 === 0);
    if (took > SLOWEST_MS) expect.fail(`${took} ms for ${hexOf(input)}`);
  }
};

const xmlWords = [
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
].map((word) => Buffer.from(word));

/** One of two halves of a million inputs in XML, as a test file should be done soon. */
export const takeHalfInXml = (run: 0 | 1): void =>
  takeHostileInputs('xml', { count: MILLION / 2, run, words: [Buffer.from('<SyncML'), ...xmlWords] });
