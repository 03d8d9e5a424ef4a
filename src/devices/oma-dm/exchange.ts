import { setProtocol } from '../../app/device-attributes.ts';
import { dmSecretsOf } from '../../app/device-keys.ts';
import { insist } from '../../app/insist.ts';
import { openPackage } from '../../app/packages.ts';
import type { StoredProtocolSession } from '../../app/protocol-ports.ts';
import type { StoredDevice } from '../../app/records.ts';
import { DAY, HOUR, type Instant, MINUTE } from '../../domain/time.ts';
import { serverCred } from './auth.ts';
import type { Answered, Call, OmaDmDeps } from './call.ts';
import { writeMessage } from './codec.ts';
import { composeRefusal, type Fill } from './compose.ts';
import { fromBase64, toBase64 } from './data.ts';
import { macOf, type Secret, writeMacHeader } from './digest.ts';
import { nothing, perform, type Visitor } from './effects.ts';
import { type Access, checkAccess, identify, recordIn } from './identity.ts';
import type { Chal, Message } from './message.ts';
import { profileOf } from './profile.ts';
import type { DmRecord, Session } from './record.ts';
import { type MessageInput, next, type Step, type Surroundings } from './session.ts';

/** There are no time-outs in the protocol; these are ours (B1.1). */
const IDLE = 10 * MINUTE;
const LONGEST = 24 * HOUR;
/** What is known of a device is forgotten after so long without a word. */
const KEPT = 400 * DAY;

const TRIES = 4;
const MOST_ROUNDS = 12;

/** Answers one message of a device. Whoever loses a race against another process looks again. */
export const exchange = async (deps: OmaDmDeps, call: Call): Promise<Answered> => {
  for (let left = TRIES; left > 0; left -= 1) {
    const answered = await answer(deps, call);
    if (answered !== 'raced') return answered;
  }
  return refuse(call, { code: 503 });
};

const refuse = (
  { message, encoding }: Call,
  header: { readonly code: number; readonly chal?: Chal },
): Answered => ({ body: writeMessage(composeRefusal(message, encoding, header), encoding), mac: '' });

const isStale = ({ startedAt, heardAt }: Session, now: Instant): boolean =>
  now - heardAt > IDLE || now - startedAt > LONGEST;

/** Versions of the protocol that are understood (B1.3). */
const versionProblem = ({ header: { verDtd, verProto } }: Message): number | undefined => {
  if (verDtd !== '1.2' && verDtd !== '1.1') return 505;
  return /^(DM|SYNCML-DM)\/1\.[12](\.\d)?$/i.test(verProto) ? undefined : 513;
};

const answer = async (deps: OmaDmDeps, call: Call): Promise<Answered | 'raced'> => {
  const problem = versionProblem(call.message);
  if (problem !== undefined) return refuse(call, { code: problem });
  const goesOn = await byToken(deps, call);
  return goesOn ?? byName(deps, call);
};

const stored = ({ answer: body, mac }: Session): Answered => ({ body: Buffer.from(body, 'base64'), mac });

/** A message in the session that its address names; `undefined` when there is no such session of this device. */
const byToken = async (deps: OmaDmDeps, call: Call): Promise<Answered | 'raced' | undefined> => {
  const { token, account, message } = call;
  const place = token && (await deps.store.protocolSessions.findByName('oma-dm', token));
  if (!place || place.account !== account.key) return undefined;
  const record = recordIn(place);
  const { session } = record;
  const { source, sessionId, msgId } = message.header;
  if (session === null || session.token !== token) return undefined;
  if (session.source !== source || session.sessionId !== sessionId) return undefined;
  const device = await deps.store.devices.get(account.key, place.device);
  if (device === undefined) return undefined;
  if (isStale(session, deps.clock())) return refuse(call, { code: 408 });
  if (session.msgId === msgId) return stored(session);
  // It begins anew without having gone back to the account's address.
  if (msgId === 1) return undefined;
  if (msgId !== session.msgId + 1) return refuse(call, { code: 400 });
  if (session.proof === 'session') {
    const secrets = await dmSecretsOf(deps, account.key, device.key);
    return run(deps, call, place, { granted: true, device, code: 212, chal: undefined, record, secrets });
  }
  const who = await identify(deps, call);
  // Another process has answered meanwhile: by now the proof of this message is used up, and its answer is kept.
  if (who.stored?.version !== place.version) return 'raced';
  const access = await checkAccess(deps, call, who);
  return access.granted ? run(deps, call, place, access) : refuseAccess(call, access);
};

const refuseAccess = (call: Call, { code, chal }: Access): Answered =>
  refuse(call, { code, ...(chal !== undefined && { chal }) });

const begins = ({ commands }: Message): boolean =>
  commands.some((command) => command.name === 'Alert' && (command.code === 1200 || command.code === 1201));

/** A message at the account's address: it begins a session, or brings its own proof. */
const byName = async (deps: OmaDmDeps, call: Call): Promise<Answered | 'raced'> => {
  const { header } = call.message;
  const who = await identify(deps, call);
  const session = who.record?.session ?? null;
  const isLive = session !== null && !isStale(session, deps.clock());
  if (isLive && session.request === call.digest && session.msgId === header.msgId) return stored(session);
  const access = await checkAccess(deps, call, who);
  if (!access.granted) return refuseAccess(call, access);
  if (begins(call.message)) return run(deps, call, who.stored, access, deps.ids.secret(18));
  const isNext = isLive && session.sessionId === header.sessionId && header.msgId === session.msgId + 1;
  // There is no session, or it is over for long: the device has to begin anew.
  return isNext ? run(deps, call, who.stored, access) : refuse(call, { code: 408 });
};

type Granted = Extract<Access, { readonly granted: true }>;

/** Takes a message of a device that is who it says, and keeps what follows before it is answered. */
const run = async (
  deps: OmaDmDeps,
  call: Call,
  was: StoredProtocolSession | undefined,
  access: Granted,
  token?: string,
): Promise<Answered | 'raced'> => {
  const { account, message, encoding, base } = call;
  const { code, chal } = access;
  const device = await asOmaDm(deps, call, access.device);
  deps.seen.note(account.key, device.key);
  const [secrets] = access.secrets;
  const server =
    secrets === undefined || secrets.serverPassword === ''
      ? undefined
      : { user: secrets.serverId, password: secrets.serverPassword };
  const around: Surroundings = {
    now: deps.clock(),
    profile: profileOf(device.attributes, account.settings),
    respUri: (name) => `${base}/dm/${encodeURIComponent(account.id)}/${name}`,
    proof: (record) => proofOf(record, server),
  };
  const input: MessageInput = {
    ...{ type: 'message', message, encoding, request: call.digest },
    access: { code, ...(chal !== undefined && { chal }) },
    ...(token !== undefined && { token }),
  };
  const visitor = visitorOf(call, device, around);
  const step = await follow(deps, visitor, next(access.record, input, around), around);
  const body = step.reply.bytes ?? writeMessage(await fill(deps, visitor, step.reply), encoding);
  const mac =
    server !== undefined && schemeFor(step.record) === 'hmac' ? macFor(step.record, server, body) : '';
  return (await keep(deps, call, device, was, step.record, { body, mac })) ? { body, mac } : 'raced';
};

const speakerOf = ({ account }: Call, { id }: StoredDevice): Visitor['speaker'] => ({
  account,
  actor: { kind: 'device', id, wire: 'oma-dm' },
});

/** A device that was known to speak another protocol speaks this one from now on. */
const asOmaDm = async (deps: OmaDmDeps, call: Call, device: StoredDevice): Promise<StoredDevice> => {
  if (device.protocol === 'oma-dm') return device;
  const set = await insist(() => setProtocol(deps, speakerOf(call, device), device, 'oma-dm'));
  if (!set.ok)
    deps.warn({ refusal: set.refusal, device: device.id }, 'the protocol of a device was not kept');
  return (await deps.store.devices.get(call.account.key, device.key)) ?? device;
};

const visitorOf = (call: Call, device: StoredDevice, around: Surroundings): Visitor => ({
  ...{ speaker: speakerOf(call, device), device, base: call.base, profile: around.profile },
  // The versions before 1.2 know no Generic Alert, by which an update would be told of.
  capable: call.message.header.verDtd !== '1.1',
});

type Replying = Extract<Step, { readonly reply: object }>;

/** Does what each step asks for, until there is an answer. */
const follow = async (
  deps: OmaDmDeps,
  visitor: Visitor,
  first: Step,
  around: Surroundings,
): Promise<Replying> => {
  let step = first;
  for (let rounds = 0; ; rounds += 1) {
    const found = await perform(deps, visitor, step.actions);
    if ('reply' in step) return step;
    const asked = { type: 'work', found: rounds < MOST_ROUNDS ? found : nothing } as const;
    step = next(step.record, { ...asked, waiting: step.waiting }, around);
  }
};

const schemeFor = ({ theirScheme }: DmRecord) => theirScheme ?? 'md5';

const nonceOf = ({ theirNonce }: DmRecord): Uint8Array => fromBase64(theirNonce) ?? new Uint8Array();

/** By what we prove ourselves: the newest nonce under the scheme that the device wants (B1.5). */
const proofOf = (record: DmRecord, server: Secret | undefined): ReturnType<Surroundings['proof']> => {
  const scheme = schemeFor(record);
  if (server === undefined) return {};
  if (scheme === 'hmac') return { name: server.user };
  return { name: server.user, cred: serverCred(scheme, server, nonceOf(record)) };
};

const macFor = (record: DmRecord, server: Secret, body: Uint8Array): string =>
  writeMacHeader({ user: server.user, mac: macOf(server, nonceOf(record), body) });

/** Puts the bytes of a package in where the answer carries some. */
const fill = async (deps: OmaDmDeps, { speaker }: Visitor, reply: Replying['reply']): Promise<Message> => {
  const { message, fill: wanted } = reply;
  if (wanted === undefined) return message;
  const opened = await openPackage(deps, speaker, wanted.packageId);
  if (!opened.ok) throw new Error(`package ${wanted.packageId} cannot be read`);
  const chunks: Uint8Array[] = [];
  const { start, end } = wanted;
  for await (const chunk of opened.value.open({ start, end })) chunks.push(chunk);
  return withData(message, wanted, new Uint8Array(Buffer.concat(chunks)));
};

const withData = (message: Message, { command: at }: Fill, data: Uint8Array): Message => ({
  ...message,
  commands: message.commands.map((command, index) =>
    index === at && command.name === 'Replace'
      ? { ...command, items: command.items.map((item) => ({ ...item, data })) }
      : command,
  ),
});

const keep = async (
  deps: OmaDmDeps,
  { account }: Call,
  device: StoredDevice,
  was: StoredProtocolSession | undefined,
  record: DmRecord,
  { body, mac }: Answered,
): Promise<boolean> => {
  const { session } = record;
  if (session === null) throw new Error('an answer belongs to a session');
  const kept: DmRecord = { ...record, session: { ...session, answer: toBase64(body), mac } };
  const missed = await deps.store.protocolSessions.save([
    {
      account: account.key,
      ...(was !== undefined && { was }),
      value: {
        ...{ kind: 'oma-dm', device: device.key, name: session.token },
        ...{ body: JSON.stringify(kept), expiresAt: deps.clock() + KEPT },
      },
    },
  ]);
  return missed.length === 0;
};
