import { inChunks, isPartial } from './chunks.ts';
import { type Answered, createResponder, type Draft, itemOf, numbering } from './conversation.ts';
import type { ManagementTree } from './management-tree.ts';
import { headerStatus, type Judgement, type SessionTrust, type Trust } from './trust.ts';
import type { DmDeviceOptions, Exchanged, SessionLog, SessionOptions } from './types.ts';
import type { Updates } from './updates.ts';
import { decode, type El, el, encode, find, leaf, textAt } from './wire.ts';

const MOST_MESSAGES = 100;
const MOST_ATTEMPTS = 3;
const USUAL_SIZE = 16_384;
const LARGEST_OBJECT = 1_048_576;

const alertOf =
  (code: number): Draft =>
  (cmdId) =>
    el('Alert', leaf('CmdID', cmdId), leaf('Data', code));
const nextMessage = alertOf(1222);

/** The session under way: how it came to its next message. */
type State = {
  readonly options: DmDeviceOptions;
  readonly how: SessionOptions;
  readonly trust: SessionTrust;
  readonly messages: Exchanged[];
  url: string;
  msgId: number;
  drafts: readonly Draft[];
  /** Chunks, and what comes after them. */
  later: readonly Draft[];
  /** How often the server was not believed, and did not believe. */
  doubts: number;
  refusals: number;
};

const sessionIdOf = ({ triggered }: SessionOptions): string =>
  triggered === undefined ? '1' : triggered.toString(16).toUpperCase();

const headerOf = ({ options, how, trust, url, msgId }: State): El => {
  const { misnumbers } = how.faults ?? {};
  const { id, maxMsgSize = USUAL_SIZE } = options;
  return el(
    'SyncHdr',
    leaf('VerDTD', '1.2'),
    leaf('VerProto', 'DM/1.2'),
    leaf('SessionID', sessionIdOf(how)),
    leaf('MsgID', misnumbers?.message === msgId ? misnumbers.as : msgId),
    el('Target', leaf('LocURI', url)),
    el('Source', leaf('LocURI', id), trust.nameOf()),
    trust.credOf(),
    el('Meta', leaf('MaxMsgSize', maxMsgSize), leaf('MaxObjSize', LARGEST_OBJECT)),
  );
};

/** Sends bytes, again where there is no answer and the session insists. */
const post = async ({ options, how, trust, url }: State, body: Uint8Array): Promise<Response> => {
  const { encoding = 'xml', contentType = 'vnd.syncml.dm' } = options;
  const headers = { 'content-type': `application/${contentType}+${encoding}`, ...trust.macOf(body) };
  const reach = options.fetch ?? fetch;
  const send = (): Promise<Response> => reach(url, { method: 'POST', headers, body: Buffer.from(body) });
  for (let left = how.insists?.times ?? 0; left > 0; left -= 1) {
    try {
      return await send();
    } catch {
      await how.insists?.pause();
    }
  }
  return send();
};

const exchange = async (state: State): Promise<Exchanged> => {
  const { options, how, drafts, messages } = state;
  const { encoding = 'xml' } = options;
  state.msgId += 1;
  await how.before?.(state.msgId);
  const next = numbering();
  const isFinal = !drafts.some((draft) => draft === nextMessage || isPartial(draft));
  const body = el('SyncBody', ...drafts.map((draft) => draft(next())), isFinal ? el('Final') : undefined);
  const sent = el('SyncML', headerOf(state), body);
  const sentBytes = encode(sent, encoding);
  const { url } = state;
  const once = async (): Promise<Exchanged> => {
    const reply = await post(state, sentBytes);
    const { status, headers } = reply;
    const answerBytes = new Uint8Array(await reply.arrayBuffer());
    const answer = status === 200 ? decode(answerBytes, encoding) : el('none');
    const exchanged = { sent, sentBytes, url, status, headers, answer, answerBytes };
    messages.push(exchanged);
    return exchanged;
  };
  if (how.faults?.repeats === state.msgId) await once();
  return once();
};

/** Package 1: why the session is, what the device is, and what it has to tell. */
const firstPackage = (
  tree: ManagementTree,
  how: SessionOptions,
  alerts: readonly Draft[],
): readonly Draft[] => [
  alertOf(how.triggered === undefined ? 1201 : 1200),
  (cmdId) => {
    const items = tree.childrenOf('./DevInfo').flatMap((name) => {
      const node = tree.get(`./DevInfo/${name}`);
      return node ? [itemOf(`./DevInfo/${name}`, node)] : [];
    });
    return el('Replace', leaf('CmdID', cmdId), ...items);
  },
  ...alerts,
];

const statusOfHeader = (answer: El, { code, chal }: Judgement): Draft => {
  const header = find(answer, 'SyncHdr');
  return (cmdId) =>
    el(
      'Status',
      leaf('CmdID', cmdId),
      leaf('MsgRef', textAt(header, 'MsgID')),
      leaf('CmdRef', 0),
      leaf('Cmd', 'SyncHdr'),
      leaf('TargetRef', textAt(header, 'Target/LocURI')),
      leaf('SourceRef', textAt(header, 'Source/LocURI')),
      chal,
      leaf('Data', code),
    );
};

const refusalOf =
  (msgRef: string, command: El, code: number): Draft =>
  (cmdId) =>
    el(
      'Status',
      leaf('CmdID', cmdId),
      leaf('MsgRef', msgRef),
      leaf('CmdRef', textAt(command, 'CmdID')),
      leaf('Cmd', command.name),
      leaf('Data', code),
    );

type Ended = SessionLog['ended'];

/** The server's message cannot be believed: every command is answered with that. */
const doubt = (state: State, { answer }: Exchanged, judged: Judgement): Ended | undefined => {
  state.doubts += 1;
  if (state.doubts >= MOST_ATTEMPTS) return 'doubted';
  const msgRef = textAt(answer, 'SyncHdr/MsgID');
  const commands = (find(answer, 'SyncBody')?.kids ?? []).filter(
    ({ name }) => !['Status', 'Final'].includes(name),
  );
  state.drafts = [
    statusOfHeader(answer, judged),
    ...commands.map((command) => refusalOf(msgRef, command, judged.code)),
  ];
  return undefined;
};

/** Puts what was answered into the next message, cut where it is too large for one. */
const goOn = (state: State, answered: Answered, header: Draft, isWhole: boolean): Ended | undefined => {
  const waiting = state.later.length > 0;
  if (!answered.hadCommands && isWhole && !waiting) return 'done';
  const pieces = [
    ...(waiting ? [] : answered.drafts.flatMap((draft) => inChunks(draft, state.options.chunk))),
    ...state.later,
  ];
  const at = pieces.findIndex(isPartial);
  const end = at < 0 ? pieces.length : at + 1;
  state.later = pieces.slice(end);
  const before = waiting ? [header, ...answered.drafts] : [header];
  // A server that asks for the rest of ours has none of its own: two that ask each other would never end.
  const asks = !isWhole && !answered.asksNext;
  state.drafts = [...before, ...pieces.slice(0, end), ...(asks ? [nextMessage] : [])];
  return undefined;
};

type Responder = ReturnType<typeof createResponder>;

/** One message and its answer; how the session ended, if it did. */
const step = async (state: State, responder: Responder): Promise<Ended | undefined> => {
  const { silentFrom, abortsAt } = state.how.faults ?? {};
  const number = state.msgId + 1;
  if (number > MOST_MESSAGES || number >= (silentFrom ?? MOST_MESSAGES)) return 'silent';
  if (abortsAt === number) state.drafts = [alertOf(1223)];
  const exchanged = await exchange(state);
  if (abortsAt === number) return 'aborted';
  if (exchanged.status !== 200) return 'http';
  const { answer } = exchanged;
  state.url = textAt(answer, 'SyncHdr/RespURI') || state.url;
  if (!state.trust.isBelieved(exchanged)) {
    state.refusals += 1;
    return state.options.account === undefined || state.refusals >= MOST_ATTEMPTS ? 'refused' : undefined;
  }
  const judged = state.trust.judge(exchanged);
  if (judged.code !== 200) return doubt(state, exchanged, judged);
  const body = find(answer, 'SyncBody');
  const answered = await responder.answer(textAt(answer, 'SyncHdr/MsgID'), body);
  if (answered.aborted) return 'aborted';
  return goOn(state, answered, statusOfHeader(answer, judged), find(body, 'Final') !== undefined);
};

const wasHeard = ({ answer }: Exchanged): boolean =>
  ['200', '212'].includes(textAt(headerStatus(answer), 'Data'));

type Device = {
  readonly options: DmDeviceOptions;
  readonly tree: ManagementTree;
  readonly updates: Updates;
  readonly trust: Trust;
};

/** A whole session; alerts that no server heard are kept for the next. */
export const runSession = async (device: Device, how: SessionOptions): Promise<SessionLog> => {
  const { options, tree, updates, trust } = device;
  const { synchronous = false, alertsFirst = false } = options;
  const responder = createResponder({ tree, updates, synchronous, alertsFirst });
  const alerts = updates.takeAlerts();
  const state: State = {
    ...{ options, how, trust: trust.begin(), messages: [], url: options.server, msgId: 0 },
    ...{ drafts: firstPackage(tree, how, alerts), later: [], doubts: 0, refusals: 0 },
  };
  try {
    for (;;) {
      const ended = await step(state, responder);
      if (ended !== undefined) return { messages: state.messages, ended };
    }
  } finally {
    if (!state.messages.some(wasHeard)) updates.keepAlerts(alerts);
  }
};
