import type { Instant } from '../../domain/time.ts';
import { type Composed, compose, type Envelope, MOST_MESSAGE } from './compose.ts';
import { toBase64 } from './data.ts';
import { schemeOf } from './digest.ts';
import type { Chal, Cred, Encoding, Message } from './message.ts';
import type { Outgoing } from './outgoing.ts';
import type { Profile } from './profile.ts';
import { type Received, receive } from './receive.ts';
import type { DmRecord, Session } from './record.ts';
import { answered, beginScript, hear, withWork } from './script.ts';
import type { Action, Found } from './script-types.ts';
import { askAgain, type Ctx, type Turn } from './turn.ts';

/** What a step of a session depends on beside what came. */
export type Surroundings = {
  readonly now: Instant;
  readonly profile: Profile;
  /** The address of the rest of a session. */
  readonly respUri: (token: string) => string;
  /** By what we prove ourselves, for the device as it is known then. */
  readonly proof: (record: DmRecord) => { readonly cred?: Cred; readonly name?: string };
};

/** A message of a device that is who it says. */
export type MessageInput = {
  readonly type: 'message';
  readonly message: Message;
  readonly encoding: Encoding;
  /** Digest of its bytes. */
  readonly request: string;
  /** What the device is told of its proof. */
  readonly access: { readonly code: 200 | 212; readonly chal?: Chal };
  /** Begins a session under this token; without it the session goes on. */
  readonly token?: string;
};

/** What was asked outside: what there is to do. */
export type WorkInput = {
  readonly type: 'work';
  readonly found: Found;
  readonly waiting: Waiting;
};

/** An answer that waits for what is asked outside. */
export type Waiting = { readonly envelope: Omit<Envelope, 'respUri' | 'cred' | 'name'> };

/** What is to be done, in order; then the answer, or what it waits for. */
export type Step = {
  readonly record: DmRecord;
  readonly actions: readonly Action[];
} & ({ readonly reply: Pick<Composed, 'message' | 'bytes' | 'fill'> } | { readonly waiting: Waiting });

/** What a message may have at most when the device did not say, and at least whatever it says. */
const USUAL_MESSAGE = 65_536;
const LEAST_MESSAGE = 1_024;

/** A device that does not believe us is told again so often. */
const MOST_DOUBTS = 2;

/** One step of a session: a message of the device, or the answer to what the step before asked (B1.1 to B1.4). */
export const next = (record: DmRecord, input: MessageInput | WorkInput, around: Surroundings): Step => {
  if (input.type === 'message') return take(record, input, around);
  const session = sessionOf(record);
  const ctx = ctxOf(record, session, around);
  return follow(record, session, withWork(ctx, input.found), input.waiting, around, []);
};

const sessionOf = ({ session }: DmRecord): Session => {
  if (session === null) throw new Error('there is no session to go on with');
  return session;
};

const ctxOf = (record: DmRecord, { facts, token }: Session, { profile, now }: Surroundings): Ctx => ({
  ...{ record, profile, facts, session: token, now },
});

const newSession = ({ message: { header }, access }: MessageInput, token: string, now: Instant): Session => ({
  ...{ token, sessionId: header.sessionId, source: header.source, target: header.target },
  ...{ startedAt: now, heardAt: now, msgId: 0, request: '', answer: '', mac: '' },
  maxMessage: Math.min(MOST_MESSAGE, Math.max(LEAST_MESSAGE, header.meta?.maxMsgSize ?? USUAL_MESSAGE)),
  proof: access.code === 212 ? 'session' : 'message',
  ...{
    answers: {},
    sent: {},
    sentIn: 0,
    last: [],
    doubts: 0,
    queue: [],
    partial: null,
    told: {},
    over: false,
  },
  facts: { firmware: null, state: null, largeObjects: false },
  script: { at: 'begin' },
});

const take = (before: DmRecord, input: MessageInput, around: Surroundings): Step => {
  const { message, access, token, encoding } = input;
  const { now } = around;
  const was = token === undefined ? sessionOf(before) : newSession(input, token, now);
  const received = receive(was, message);
  const session: Session = {
    ...was,
    ...{ heardAt: now, msgId: message.header.msgId, request: input.request },
    ...{ answers: received.answers, partial: received.partial, told: { ...was.told, ...received.told } },
  };
  const told = withChal({ ...before, triggered: null }, received);
  const heard = hear(ctxOf(told, session, around), received.alerts);
  const record = { ...told, attempt: heard.attempt, tree: heard.tree };
  const waiting: Waiting = {
    envelope: {
      ...{ message, encoding, statuses: received.statuses, alerts: [], maxMessage: session.maxMessage },
      header: { code: access.code, ...(access.chal !== undefined && { chal: access.chal }) },
    },
  };
  const respond = (kept: Session, alerts: readonly number[], ends: boolean): Step =>
    reply(record, kept, { envelope: { ...waiting.envelope, alerts } }, around, heard.actions, ends);

  if (received.aborts)
    return respond({ ...session, queue: [], script: { at: 'over' }, over: true }, [], true);
  const doubted = ifDoubted(session, received);
  if (doubted !== undefined) return respond(doubted, [], true);
  const queue = afterObject(session);
  if (queue.length > 0) return respond({ ...session, queue }, [], true);
  if (!message.final) return respond({ ...session, queue }, lost(received, [1222]), false);
  const ready = { ...session, queue };
  const ctx = ctxOf(record, ready, around);
  const turn = turnOf(ctx, ready, received);
  const alerts = lost(received, []);
  return follow(record, ready, turn, { envelope: { ...waiting.envelope, alerts } }, around, heard.actions);
};

const lost = ({ lostChunk }: Received, alerts: readonly number[]): readonly number[] =>
  lostChunk ? [1225, ...alerts] : alerts;

/** The nonce and the scheme that the device wants for our next message (B1.5). */
const withChal = (record: DmRecord, { header }: Received): DmRecord => {
  if (header?.chal === undefined) return record;
  const { type, nextNonce } = header.chal;
  const scheme = schemeOf(type);
  return {
    ...record,
    theirNonce: nextNonce === undefined ? record.theirNonce : toBase64(nextNonce),
    theirScheme: scheme ?? record.theirScheme,
  };
};

/** The device did not take our message for ours: it is sent again under its newest nonce, then left. */
const ifDoubted = (session: Session, { header }: Received): Session | undefined => {
  const code = header?.code ?? 200;
  if (code !== 401 && code !== 407 && code !== 0) return undefined;
  const answers = Object.fromEntries(
    Object.entries(session.answers).filter(([key]) => !session.last.some((one) => one.key === key)),
  );
  return session.doubts < MOST_DOUBTS && session.last.length > 0
    ? { ...session, answers, doubts: session.doubts + 1, queue: [...session.last, ...session.queue] }
    : { ...session, queue: [], script: { at: 'over' }, over: true };
};

/** The rest of a large object of ours that the device does not want any more is left out. */
const afterObject = ({ queue, answers, last }: Session): readonly Outgoing[] => {
  const [head] = queue;
  if (head?.object === undefined || last[0]?.key !== head.key) return queue;
  const status = answers[head.key]?.status ?? null;
  return status === null || status >= 300 ? queue.slice(1) : queue;
};

const turnOf = (ctx: Ctx, session: Session, { alerts }: Received): Turn => {
  if (session.script.at === 'begin') return beginScript(ctx);
  const turn = answered(ctx, session.script, session.answers, session.told);
  // An outcome in the midst of it may make something else due.
  const isDone = turn.commands.length === 0 && turn.actions.length === 0;
  return isDone && alerts.length > 0 ? askAgain(turn.attempt, []) : turn;
};

/** What a turn makes of the record, and the answer; unless something has to be asked first. */
const follow = (
  before: DmRecord,
  session: Session,
  turn: Turn,
  waiting: Waiting,
  around: Surroundings,
  done: readonly Action[],
): Step => {
  const { script, commands, attempt } = turn;
  const actions = [...done, ...turn.actions];
  const tree = turn.tree ?? before.tree;
  const made = turn.made ?? before.made;
  const kept: Session = { ...session, script, facts: turn.facts ?? session.facts };
  const record = { ...before, attempt, tree, made };
  if (turn.actions.at(-1)?.do === 'ask') return { record: { ...record, session: kept }, actions, waiting };
  const ended = commands.length === 0;
  return reply(
    record,
    { ...kept, queue: commands, answers: {}, over: ended },
    waiting,
    around,
    actions,
    true,
  );
};

const reply = (
  record: DmRecord,
  session: Session,
  { envelope }: Waiting,
  { respUri, proof }: Surroundings,
  actions: readonly Action[],
  ends: boolean,
): Step => {
  const composed: Composed = compose(
    { ...envelope, ...proof(record), respUri: respUri(session.token) },
    session.queue,
    ends,
  );
  const { queue, last, message, bytes, fill } = composed;
  // While the device has more to say, it may still answer what was sent before.
  const kept = ends ? { ...session, queue, last, sent: composed.sent, sentIn: session.msgId } : session;
  return { record: { ...record, session: kept }, actions, reply: { message, bytes, fill } };
};
