import { expect } from 'vitest';
import { readMessage, writeMessage } from '../../../src/devices/oma-dm/codec.ts';
import type { Encoding } from '../../../src/devices/oma-dm/message.ts';
import { aHeader, eachKind } from '../../support/dm-messages.ts';
import { drawFrom, hostileInput } from '../../support/fuzz.ts';

const SEED = 20_070_209;
const INPUTS = 1_000_000;
/** Far more than any input takes, so that a busy machine is no fault. */
const SLOWEST_MS = 2_000;

const seedsOf = (encoding: Encoding): readonly [Uint8Array, ...Uint8Array[]] => {
  const header = { ...aHeader, target: 's', source: 'd' };
  const none = writeMessage({ header, commands: [], final: true }, encoding);
  return [
    none,
    ...eachKind.map(({ message }) =>
      writeMessage({ ...message, header, commands: message.commands.slice(0, 2) }, encoding),
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

/** A million inputs that are the same in every run: none throws, none takes long, and some are understood. */
export const takeHostileInputs = (
  encoding: Encoding,
  words: readonly [Uint8Array, ...Uint8Array[]],
): void => {
  const draw = drawFrom(SEED);
  const sources = { seeds: seedsOf(encoding), words };
  for (let count = 0; count < INPUTS; count += 1) {
    const input = hostileInput(draw, sources);
    const took = take(input, encoding, count % 4 === 0);
    if (took > SLOWEST_MS) expect.fail(`${took} ms for ${hexOf(input)}`);
  }
};
