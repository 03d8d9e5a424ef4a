import { type NamedOption, parse } from 'coap-packet';
import { Unreachable } from '../../../src/simulator/http.ts';
import type { Downloaded, DownloadOptions } from '../../../src/simulator/protocols/lwm2m/download.ts';
import type { Air } from './air.ts';
import { createAsker, numberIn, uint } from './coap-asker.ts';
import type { Network } from './network.ts';

const LARGEST_BLOCK = 6;
const BLOCK_MORE = 8;
const BLOCKS_BEFORE_CUT = 2;
const LOST = 4;
const NOTHING_THERE = 7;

const requestOf = ({ pathname }: URL, num: number): readonly NamedOption[] => [
  ...pathname
    .split('/')
    .filter(Boolean)
    .map((part) => ({ name: 'Uri-Path' as const, value: Buffer.from(decodeURIComponent(part)) })),
  { name: 'Block2', value: uint((num << 4) | LARGEST_BLOCK) },
];

/** Block after block, from a socket of its own. */
const overCoap = async (air: Air, url: URL, { later, cut, signal }: DownloadOptions): Promise<Downloaded> => {
  const socket = air.open((datagram) => asker.take(parse(datagram)));
  const asker = createAsker(socket.send, later);
  const lose = (): void => asker.close();
  signal.addEventListener('abort', lose);
  const parts: Buffer[] = [];
  try {
    for (let num = 0; ; num += 1) {
      if (cut && num === BLOCKS_BEFORE_CUT) return LOST;
      const packet = await asker.ask('0.01', requestOf(url, num));
      if (packet.code !== '2.05') return NOTHING_THERE;
      parts.push(packet.payload);
      if (((numberIn(packet, 'Block2') ?? 0) & BLOCK_MORE) === 0) return Buffer.concat(parts);
    }
  } catch {
    return LOST;
  } finally {
    signal.removeEventListener('abort', lose);
    asker.close();
    socket.close();
  }
};

const overHttp = async (network: Network, url: string, cut: boolean): Promise<Downloaded> => {
  try {
    const reply = await network.fetch(url, {});
    if (reply.status !== 200) return NOTHING_THERE;
    const bytes = Buffer.from(await reply.arrayBuffer());
    return cut ? LOST : bytes;
  } catch (error) {
    if (error instanceof Unreachable) return LOST;
    throw error;
  }
};

/** How an LwM2M device of the simulated world fetches an image. */
export const fetching =
  (air: Air, network: Network) =>
  (uri: string, options: DownloadOptions): Promise<Downloaded> => {
    const url = new URL(uri);
    return url.protocol === 'coap:' ? overCoap(air, url, options) : overHttp(network, uri, options.cut);
  };
