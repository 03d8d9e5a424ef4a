import { type HeardAlert, readAlert } from './alerts.ts';
import { bytesOf, carriedSize, joinChunks, textOf, toBase64 } from './data.ts';
import { type Told, toldIn } from './inventory.ts';
import type { Command, Item, ItemCommandName, Message } from './message.ts';
import type { Answer, Answers, Partial, Session } from './record.ts';

/** A Status of ours for a command of theirs. */
export type StatusDraft = { readonly of: Command; readonly code: number };

/** What one message brings. */
export type Received = {
  readonly statuses: readonly StatusDraft[];
  readonly answers: Answers;
  readonly partial: Partial | null;
  readonly alerts: readonly Extract<HeardAlert, { readonly is: 'outcome' }>['outcome'][];
  readonly told: Told;
  /** The device asks for the rest of our package, or gives the session up. */
  readonly wantsNext: boolean;
  readonly aborts: boolean;
  /** A chunk of a large object did not come where it should: Alert 1225. */
  readonly lostChunk: boolean;
  /** What the device thinks of our header: its code, and a nonce and scheme for the next one. */
  readonly header: { readonly code: number; readonly chal: Chal | undefined } | undefined;
};
type Chal = Extract<Command, { readonly name: 'Status' }>['chal'];

type Growing = { -readonly [Field in keyof Received]: Received[Field] };

/** The largest object that is taken from a device, in bytes. */
const MOST_OBJECT = 1_048_576;

const empty: Answer = { status: null, items: [] };

const withAnswer = (answers: Answers, key: string, change: (was: Answer) => Answer): Answers => ({
  ...answers,
  [key]: change(Object.hasOwn(answers, key) ? (answers[key] ?? empty) : empty),
});

/** Takes one message apart: statuses for its commands, and what it says, added to what this package said before. */
export const receive = (session: Session, message: Message): Received => {
  const at: Growing = {
    ...{ statuses: [], answers: session.answers, partial: session.partial, alerts: [], told: {} },
    ...{ wantsNext: false, aborts: false, lostChunk: false, header: undefined },
  };
  if (at.partial !== null && !continues(at.partial, message)) {
    at.lostChunk = true;
    at.partial = null;
  }
  for (const command of message.commands) take(at, session, command);
  return at;
};

/** Something of the message goes on with the large object that was begun; mere Status and Alert may stand before it. */
const continues = ({ node }: Partial, { commands }: Message): boolean =>
  commands.some(
    (command) =>
      (command.name === 'Results' || command.name === 'Replace' || command.name === 'Add') &&
      command.items.some((item) => nodeOf(item, command) === node),
  );

const nodeOf = ({ source, target }: Item, command: Command): string =>
  source ?? target ?? (command.name === 'Results' ? (command.sourceRef ?? command.targetRef ?? '') : '');

/** Add and Replace have the type of all commands about items. */
type Replacing = Extract<Command, { readonly name: ItemCommandName }>;

const answer = (at: Growing, of: Command, code: number): void => {
  at.statuses = [...at.statuses, { of, code }];
};

const take = (at: Growing, session: Session, command: Command): void => {
  if (command.name === 'Status') takeStatus(at, session, command);
  else if (command.name === 'Results') takeResults(at, session, command);
  else if (command.name === 'Alert') answer(at, command, takeAlert(at, command));
  else if (command.name === 'Replace' || command.name === 'Add')
    answer(at, command, takeReplace(at, command));
  else refuse(at, command);
};

/** What devices do not ask of servers (B1.4): the commands inside of others are not carried out either. */
const refuse = (at: Growing, command: Command): void => {
  answer(at, command, command.name === 'unknown' ? 500 : 406);
  if (command.name !== 'Atomic' && command.name !== 'Sequence') return;
  for (const inner of command.commands) {
    if (inner.name !== 'Status' && inner.name !== 'Results') answer(at, inner, 215);
  }
};

const takeStatus = (
  at: Growing,
  session: Session,
  status: Extract<Command, { readonly name: 'Status' }>,
): void => {
  if (status.cmdRef === '0') {
    if (status.msgRef === session.msgId) at.header = { code: status.code, chal: status.chal };
    return;
  }
  if (status.msgRef !== session.sentIn) return;
  const key = Object.hasOwn(session.sent, status.cmdRef) ? session.sent[status.cmdRef] : undefined;
  if (key === undefined) return;
  at.answers = withAnswer(at.answers, key, (was) => ({ ...was, status: status.code }));
};

const takeResults = (
  at: Growing,
  session: Session,
  results: Extract<Command, { readonly name: 'Results' }>,
): void => {
  const key =
    Object.hasOwn(session.sent, results.cmdRef) || at.partial === null
      ? session.sent[results.cmdRef]
      : at.partial.key;
  if (key === undefined) return;
  for (const item of results.items) {
    const source = nodeOf(item, results);
    const chunk = { ...item, meta: { ...results.meta, ...item.meta } };
    const whole = gather(at, chunk, source, key);
    if (whole === 'more' || whole === 'wrong') continue;
    const format = whole.meta?.format ?? 'chr';
    const data = whole.data === undefined ? '' : textOf(whole.data);
    at.answers = withAnswer(at.answers, key, (was) => ({
      ...was,
      items: [...was.items, { source, format, data }],
    }));
  }
};

const takeReplace = (at: Growing, command: Replacing): number => {
  let code = 200;
  for (const item of command.items) {
    const node = nodeOf(item, command);
    if (!/^\.\/dev(info|detail)(\/|$)/i.test(node)) {
      code = 404;
      continue;
    }
    const whole = gather(at, { ...item, meta: { ...command.meta, ...item.meta } }, node, node);
    if (whole === 'more') code = 213;
    else if (whole === 'wrong') code = 424;
    else at.told = { ...at.told, ...toldIn([{ ...whole, source: node }]) };
  }
  return code;
};

/** One chunk more of a large object, or an item that is whole (B1.8). */
const gather = (at: Growing, item: Item, node: string, key: string): Item | 'more' | 'wrong' => {
  const { partial } = at;
  const goesOn = partial !== null && partial.node === node;
  if (!goesOn && item.moreData !== true) return item;
  const { data = '' } = item;
  const binary = typeof data !== 'string';
  const before: Partial = goesOn
    ? partial
    : {
        ...{ node, key, format: item.meta?.format ?? 'chr', size: item.meta?.size ?? null },
        ...{ binary, chunks: [], length: 0 },
      };
  const chunks = [...before.chunks, typeof data === 'string' ? data : toBase64(data)];
  const length = before.length + data.length;
  if (length > MOST_OBJECT) {
    at.partial = null;
    return 'wrong';
  }
  if (item.moreData === true) {
    at.partial = { ...before, chunks, length };
    return 'more';
  }
  at.partial = null;
  const pieces = chunks.map((chunk) => (before.binary ? Buffer.from(chunk, 'base64') : chunk));
  const whole = joinChunks(pieces, before.format);
  // Some count base64 as it is carried, some what it stands for.
  const sizes = [carriedSize(whole, before.format), bytesOf(whole).length];
  if (before.size !== null && !sizes.includes(before.size)) return 'wrong';
  return { ...item, meta: { ...item.meta, format: before.format }, data: whole };
};

/** The code for an alert, and what follows from it (B1.4, B1.7). */
const takeAlert = (at: Growing, alert: Extract<Command, { readonly name: 'Alert' }>): number => {
  switch (alert.code) {
    case undefined:
      return 400;
    case 1200:
    case 1201:
    case 1224:
    case 1225:
      return 200;
    case 1222:
      at.wantsNext = true;
      return 200;
    case 1223:
      at.aborts = true;
      return 200;
    case 1226: {
      const heard = readAlert(alert);
      if (heard === undefined) return 415;
      if (heard.is === 'outcome') at.alerts = [...at.alerts, heard.outcome];
      return 200;
    }
    default:
      return 406;
  }
};
