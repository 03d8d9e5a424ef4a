import { writeMessage } from './codec.ts';
import { schemes } from './digest.ts';
import type { Chal, Command, Cred, Encoding, Header, Message } from './message.ts';
import { commandOf, type Outgoing } from './outgoing.ts';
import type { StatusDraft } from './receive.ts';
import type { Session } from './record.ts';

/** The largest message that is taken, in bytes. */
export const MOST_MESSAGE = 262_144;

/** Room for everything of a message but the bytes of a chunk (B1.8). */
const OVERHEAD = 1_024;
/** Elements around the chunk, in bytes. */
const AROUND = 512;
const LEAST_CHUNK = 256;
/** An answer with no more than so many statuses carries a command in any case. */
const FEW = 2;

/** Bytes of a package that are to be put into a message: in its last command, from `start` up to `end`. */
export type Fill = {
  readonly packageId: string;
  readonly start: number;
  readonly end: number;
  /** Where the command stands. */
  readonly command: number;
};

/** What goes into an answer beside its commands. */
export type Envelope = {
  readonly message: Message;
  readonly header: { readonly code: number; readonly chal?: Chal };
  readonly statuses: readonly StatusDraft[];
  readonly alerts: readonly number[];
  readonly respUri?: string;
  readonly cred?: Cred;
  readonly name?: string;
  readonly encoding: Encoding;
  readonly maxMessage: number;
};

export type Composed = {
  readonly message: Message;
  /** The message as it goes out; `undefined` where bytes are yet to be put into it. */
  readonly bytes: Uint8Array | undefined;
  readonly fill: Fill | undefined;
  /** What did not fit. */
  readonly queue: readonly Outgoing[];
  readonly last: readonly Outgoing[];
  readonly sent: Session['sent'];
};

/** The header of an answer: theirs, turned round (B1.3). */
const headerOf = ({ message: { header }, respUri, cred, name }: Envelope): Header => ({
  verDtd: header.verDtd === '1.1' ? '1.1' : '1.2',
  verProto: header.verDtd === '1.1' ? 'DM/1.1' : 'DM/1.2',
  sessionId: header.sessionId,
  msgId: header.msgId,
  target: header.source,
  source: header.target,
  ...(name !== undefined && { sourceName: name }),
  ...(respUri !== undefined && { respUri }),
  ...(cred !== undefined && { cred }),
  meta: { maxMsgSize: MOST_MESSAGE },
});

const statusFor = (
  cmdId: string,
  msgRef: number,
  command: Command,
  code: number,
): Extract<Command, { readonly name: 'Status' }> => {
  const items = 'items' in command ? command.items : [];
  return {
    ...{ name: 'Status', cmdId, msgRef, cmdRef: command.cmdId, code, items: [] },
    cmd: command.name === 'unknown' ? command.element : command.name,
    targetRefs: items.flatMap(({ target }) => (target === undefined ? [] : [target])),
    sourceRefs: items.flatMap(({ source }) => (source === undefined ? [] : [source])),
  };
};

const headerStatus = ({ message: { header }, header: { code, chal } }: Envelope): Command => ({
  ...{ name: 'Status', cmdId: '1', msgRef: header.msgId, cmdRef: '0', cmd: 'SyncHdr', code, items: [] },
  ...{ targetRefs: [header.target], sourceRefs: [header.source] },
  ...(chal !== undefined && { chal }),
});

const statusesOf = (envelope: Envelope): readonly Command[] => {
  const { message, statuses } = envelope;
  if (message.header.noResp === true) return [];
  const wanted = statuses.filter(({ of }) => of.noResp !== true);
  return [
    headerStatus(envelope),
    ...wanted.map(({ of, code }, index) => statusFor(`${index + 2}`, message.header.msgId, of, code)),
  ];
};

type Built = Omit<Composed, 'queue' | 'bytes'> & { readonly bytes: Uint8Array };

/** Bytes of the next chunk: base64 takes a third more in XML. */
const chunkSize = ({ maxMessage, encoding }: Envelope, before: number): number => {
  const room = Math.max(LEAST_CHUNK, maxMessage - Math.max(OVERHEAD, before + AROUND));
  return encoding === 'wbxml' ? room : Math.floor(room / 4) * 3;
};

const build = (
  envelope: Envelope,
  first: readonly Command[],
  some: readonly Outgoing[],
  final: boolean,
): Built => {
  const sent: Record<string, string> = {};
  const commands = some.map((outgoing, index) => {
    const cmdId = `${first.length + index + 1}`;
    sent[cmdId] = outgoing.key;
    return commandOf(outgoing, cmdId);
  });
  const message = { header: headerOf(envelope), commands: [...first, ...commands], final };
  const bytes = writeMessage(message, envelope.encoding);
  return { message, fill: undefined, last: some, sent, bytes };
};

/** Size counts what is carried: in XML that is base64. */
const carried = (size: number, { encoding }: Envelope): number =>
  encoding === 'xml' ? Math.ceil(size / 3) * 4 : size;

const buildChunk = (
  envelope: Envelope,
  first: readonly Command[],
  outgoing: Outgoing,
  object: NonNullable<Outgoing['object']>,
  isLast: boolean,
): Omit<Composed, 'queue'> & { readonly fill: Fill } => {
  const base = build(envelope, first, [], false);
  const start = object.from;
  const end = Math.min(object.size, start + chunkSize(envelope, base.bytes.length));
  const more = end < object.size;
  const cmdId = `${first.length + 1}`;
  const chunk: Command = {
    ...{ name: 'Replace', cmdId },
    items: [
      {
        target: outgoing.node,
        meta: {
          format: envelope.encoding === 'xml' ? 'b64' : 'bin',
          type: 'application/octet-stream',
          ...(start === 0 && more && { size: carried(object.size, envelope) }),
        },
        data: new Uint8Array(),
        ...(more && { moreData: true }),
      },
    ],
  };
  const message = { ...base.message, commands: [...first, chunk], final: !more && isLast };
  const fill = { packageId: object.packageId, start, end, command: first.length };
  return { message, bytes: undefined, fill, last: [outgoing], sent: { [cmdId]: outgoing.key } };
};

/**
 * The answer to a message: the statuses, then as many of the commands as the device's MaxMsgSize lets through. A large
 * object goes by itself, a chunk in each message, and the rest of it stays at the head of the queue.
 */
export const compose = (envelope: Envelope, queue: readonly Outgoing[], ends: boolean): Composed => {
  const statuses = statusesOf(envelope);
  const alerts = envelope.alerts.map(
    (code, index): Command => ({
      ...{ name: 'Alert', cmdId: `${statuses.length + index + 1}`, code, items: [] },
    }),
  );
  const first = [...statuses, ...alerts];
  const [head] = queue;
  if (head?.object !== undefined) {
    const built = buildChunk(envelope, first, head, head.object, queue.length === 1 && ends);
    const { end } = built.fill;
    const left = { ...head, object: { ...head.object, from: end } };
    return { ...built, queue: end < head.object.size ? [left, ...queue.slice(1)] : queue.slice(1) };
  }
  const object = queue.findIndex((outgoing) => outgoing.object !== undefined);
  let count = object < 0 ? queue.length : object;
  // Many statuses may leave no room; after them one command goes out, however large it is.
  const least = first.length > FEW ? 0 : 1;
  for (;;) {
    const final = ends && count === queue.length;
    const built = build(envelope, first, queue.slice(0, count), final);
    const { length: size } = built.bytes;
    if (size <= envelope.maxMessage || count <= least) return { ...built, queue: queue.slice(count) };
    // Sizes are about equal: guessed, then made sure of.
    const guess = Math.floor((count * envelope.maxMessage) / size);
    count = Math.max(least, Math.min(count - 1, guess));
  }
};

/** A Chal with a nonce; basic needs none. */
export const chalOf = (scheme: keyof typeof schemes, nonce: Uint8Array): Chal => ({
  type: schemes[scheme],
  format: 'b64',
  ...(scheme !== 'basic' && { nextNonce: nonce }),
});

/** An answer of statuses alone, the same code for everything (B1.5). */
export const composeRefusal = (
  message: Message,
  encoding: Encoding,
  header: Envelope['header'],
  code = header.code,
): Message => {
  const statuses = message.commands
    .filter(({ name }) => name !== 'Status' && name !== 'Results')
    .map((of) => ({ of, code }));
  const envelope = { message, header, statuses, alerts: [], encoding, maxMessage: MOST_MESSAGE };
  return compose(envelope, [], true).message;
};
