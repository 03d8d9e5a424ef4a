import { decodeBlock, encodeBlock } from '../../src/devices/lwm2m/coap/block.ts';
import { type Option, option } from '../../src/devices/lwm2m/coap/message.ts';
import type { BlockSource, CoapCode, OutgoingRequest } from '../../src/devices/lwm2m/coap/peer.ts';
import { listening, type Sent } from './coap-wire.ts';

/** A read of the state of a firmware update. */
export const read: OutgoingRequest = { method: 'GET', path: ['5', '0', '3'] };

/** The path of a request, with slashes. */
export const pathOf = ({ options }: Sent): string =>
  options
    .filter(({ number }) => number === option.uriPath)
    .map(({ value }) => Buffer.from(value).toString())
    .join('/');

/** A block option of a message; `undefined` where it has none. */
export const blockIn = ({ options }: Sent, number: number) => {
  const value = options.find((one) => one.number === number)?.value;
  return value && decodeBlock(value);
};

/** An option of a message as a number; `undefined` where it has none. */
export const numberIn = ({ options }: Sent, number: number): number | undefined => {
  const value = options.find((one) => one.number === number)?.value;
  return value && Number.parseInt(`0${Buffer.from(value).toString('hex')}`, 16);
};

/** So many bytes, of which no two blocks are the same. */
export const bytesOf = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => (at * 31 + 7) & 255);

/** Bytes as a source. */
export const sourceOf = (bytes: Uint8Array): BlockSource => ({
  size: bytes.length,
  etag: Buffer.from('12345678'),
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});

/** What a device answers to one message. */
export type Answered = {
  readonly code: CoapCode;
  readonly options?: readonly Option[];
  readonly payload?: string | Uint8Array;
};

/** A Block1 option alone. */
export const block1 = (num: number, more: boolean, szx: number): readonly Option[] => [
  { number: option.block1, value: encodeBlock({ num, more, szx }) },
];

/** A Block2 option alone. */
export const block2 = (num: number, more: boolean, szx: number): readonly Option[] => [
  { number: option.block2, value: encodeBlock({ num, more, szx }) },
];

/** A device that answers each request at once as it is told to, in an ACK. */
export const device = async (answer: (sent: Sent, at: number) => Answered | undefined) => {
  const all: Sent[] = [];
  const side = await listening();
  const serve = async (): Promise<void> => {
    await side.settle();
    for (let sent = side.taken(); sent.length > 0; sent = side.taken()) {
      for (const one of sent) {
        all.push(one);
        const said = answer(one, all.length - 1);
        if (said === undefined) continue;
        side.deliver(one.key, { type: 'ack', id: one.id, token: one.token, ...said });
      }
      await side.settle();
    }
  };
  const ask = async (request: OutgoingRequest) => {
    const asked = side.peerOf('a').request(request);
    await serve();
    return asked;
  };
  return { ...side, all, serve, ask };
};

/** A device that takes a payload in blocks, as it should. */
export const takes = (sent: Sent): Answered => {
  const block = blockIn(sent, option.block1);
  if (block === undefined) return { code: '2.04' };
  return { code: block.more ? '2.31' : '2.04', options: block1(block.num, block.more, block.szx) };
};

/** A write of firmware. */
export const put = (
  payload: Uint8Array | BlockSource,
  more: Partial<OutgoingRequest> = {},
): OutgoingRequest => ({
  method: 'PUT',
  path: ['5', '0', '0'],
  contentFormat: 42,
  payload,
  ...more,
});

/** The numbers of the blocks that were sent. */
export const nums = (all: readonly Sent[]) => all.map((sent) => blockIn(sent, option.block1)?.num);
