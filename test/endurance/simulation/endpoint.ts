import { generate, type NamedOption, type ParsedPacket, parse } from 'coap-packet';
import type { Later } from '../../../src/simulator/protocols/lwm2m/download.ts';
import type {
  DeviceNetwork,
  DeviceReply,
  NetworkOptions,
  ServerRequest,
} from '../../../src/simulator/protocols/lwm2m/network.ts';
import type { Air } from './air.ts';
import { type Asker, createAsker, EMPTY, numberIn, uint } from './coap-asker.ts';

const METHODS: Readonly<Record<string, string>> = {
  '0.01': 'GET',
  '0.02': 'POST',
  '0.03': 'PUT',
  '0.04': 'DELETE',
};
const BLOCK_MORE = 8;
const OBSERVERS = 16;

const segments = ({ options }: ParsedPacket, name: NamedOption['name']): readonly string[] =>
  options.filter((option) => option.name === name).map(({ value }) => value.toString());

/** The blocks of one payload that have come, in order; anything else begins it anew. */
const createBlocks = () => {
  let parts: readonly Buffer[] = [];
  return (block: number, payload: Buffer): 'more' | 'wrong' | Buffer => {
    const at = (block >> 4) * 2 ** ((block & 7) + 4);
    if (at === 0) parts = [];
    if (at !== Buffer.concat(parts).length) return 'wrong';
    parts = [...parts, payload];
    return (block & BLOCK_MORE) === 0 ? Buffer.concat(parts) : 'more';
  };
};

const askServer = async (
  asker: Asker,
  { method, path, query = '', body }: ServerRequest,
): ReturnType<DeviceNetwork['ask']> => {
  const options: NamedOption[] = [
    ...path
      .split('/')
      .filter(Boolean)
      .map((part) => ({ name: 'Uri-Path' as const, value: Buffer.from(part) })),
    ...query
      .split('&')
      .filter(Boolean)
      .map((part) => ({ name: 'Uri-Query' as const, value: Buffer.from(part) })),
    ...(body === undefined ? [] : [{ name: 'Content-Format' as const, value: uint(body.format) }]),
  ];
  const packet = await asker.ask(method === 'POST' ? '0.02' : '0.04', options, body?.payload);
  return { code: packet.code, location: segments(packet, 'Location-Path'), payload: packet.payload };
};

/** One life of an LwM2M device on the simulated air: CoAP that is drawn from nothing, with timers of the simulated world. */
export const openEndpoint =
  (air: Air, later: Later) =>
  async (options: NetworkOptions): Promise<DeviceNetwork> => {
    const answers = new Map<number, Buffer | undefined>();
    const observers = new Map<number, () => void>();
    const blocks = createBlocks();
    let [muted, lostReplies, sequence] = [false, options.lostReplies, 1];
    const socket = air.open((datagram) => {
      if (!muted) take(parse(datagram));
    });
    const send = (datagram: Buffer): void => {
      if (!muted) socket.send(datagram);
    };
    const asker = createAsker(send, later);

    const watch = (reply: DeviceReply, token: Buffer, format: readonly NamedOption[]): void => {
      let ended = false;
      reply.watch?.({
        token: token.toString('hex'),
        ended: () => ended,
        send: (payload) => {
          sequence += 1;
          const messageId = asker.nextId();
          observers.set(messageId, () => {
            ended = true;
          });
          if (observers.size > OBSERVERS) observers.delete(observers.keys().next().value ?? 0);
          const told = [...format, { name: 'Observe' as const, value: uint(sequence) }];
          send(generate({ code: '2.05', confirmable: false, token, messageId, options: told, payload }));
        },
      });
    };

    const respond = (packet: ParsedPacket, reply: DeviceReply, isAtOnce: boolean): void => {
      const { token, messageId } = packet;
      const block = packet.options.find(({ name }) => name === 'Block1');
      const format = reply.contentFormat === undefined ? [] : [reply.contentFormat];
      const formats = format.map((value) => ({ name: 'Content-Format' as const, value: uint(value) }));
      const told: NamedOption[] = [
        ...formats,
        ...(block === undefined ? [] : [{ name: 'Block1' as const, value: block.value }]),
        ...(reply.watch === undefined ? [] : [{ name: 'Observe' as const, value: uint(sequence) }]),
      ];
      const payload = reply.payload ?? Buffer.alloc(0);
      if (isAtOnce) {
        const bytes = generate({ ack: true, code: reply.code, token, messageId, options: told, payload });
        answers.set(messageId, bytes);
        if (reply.code === '2.31' && lostReplies > 0) lostReplies -= 1;
        else send(bytes);
      } else asker.insist({ code: reply.code, token, options: told, payload });
      watch(reply, token, formats);
      reply.after?.();
    };

    const acknowledge = (messageId: number): void =>
      send(answers.get(messageId) ?? generate({ code: EMPTY, ack: true, messageId }));

    const answer = (packet: ParsedPacket, payload: Buffer): void => {
      let isAtOnce = true;
      const asked = {
        method: METHODS[packet.code] ?? packet.code,
        path: `/${segments(packet, 'Uri-Path').join('/')}`,
        query: segments(packet, 'Uri-Query').join('&'),
        ...{ accept: numberIn(packet, 'Accept'), observe: numberIn(packet, 'Observe'), payload },
      };
      options.answer(asked, packet.token.toString('hex'), (reply) => respond(packet, reply, isAtOnce));
      isAtOnce = false;
      if (answers.get(packet.messageId) === undefined) acknowledge(packet.messageId);
    };

    const handle = (packet: ParsedPacket): void => {
      answers.set(packet.messageId, undefined);
      const block = numberIn(packet, 'Block1');
      const payload = block === undefined ? packet.payload : blocks(block, packet.payload);
      if (payload === 'wrong') respond(packet, { code: '4.08' }, true);
      else if (payload === 'more') respond(packet, { code: '2.31' }, true);
      else answer(packet, payload);
    };

    const take = (packet: ParsedPacket): void => {
      const { code, messageId } = packet;
      if (code === EMPTY || !code.startsWith('0.')) {
        if (packet.reset) observers.get(messageId)?.();
        asker.take(packet);
      } else if (answers.has(messageId)) acknowledge(messageId);
      else handle(packet);
    };

    return {
      port: socket.port,
      ask: (request) => askServer(asker, request),
      mute: () => {
        muted = true;
      },
      close: () => {
        muted = true;
        asker.close();
        socket.close();
      },
    };
  };
