import { contentTypeOf, readMessage, writeMessage } from '../../src/devices/oma-dm/codec.ts';
import { basicCredential, macOf, md5Credential, writeMacHeader } from '../../src/devices/oma-dm/digest.ts';
import type { Command, Cred, Encoding, Item, Message } from '../../src/devices/oma-dm/message.ts';
import type { Context } from '../../src/server/context.ts';
import { type Api, type Reply, startApi } from './api.ts';
import { upload } from './packages.ts';

export type Status = Extract<Command, { readonly name: 'Status' }>;

/** What came back for one message. */
export type Heard = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
  readonly message: Message;
  /** The code of the Status for the header. */
  readonly header: number | undefined;
  readonly statuses: readonly Status[];
  /** Commands beside Status. */
  readonly commands: readonly Exclude<Command, Status>[];
};

export type TalkOptions = {
  readonly encoding?: Encoding;
  readonly scheme?: 'basic' | 'md5' | 'hmac' | 'none';
  readonly source?: string;
  readonly sessionId?: string;
  readonly maxMsgSize?: number;
  readonly peer?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly password?: string;
};

export type DmHouse = {
  readonly api: Api;
  readonly device: (id: string, profile?: object) => Promise<DmDevice>;
  readonly campaign: (devices: readonly string[], plan?: object, pack?: object) => Promise<DmCampaign>;
};

export type DmDevice = {
  readonly id: string;
  readonly user: string;
  readonly password: string;
  readonly talk: (options?: TalkOptions) => Talk;
};

export type DmCampaign = {
  readonly id: string;
  readonly bytes: string;
  readonly command: (verb: string) => Promise<Reply>;
  // biome-ignore lint/suspicious/noExplicitAny: replies of tests are looked into by hand
  readonly update: (device: string) => Promise<any>;
};

export const SERVER_PASSWORD = 'the-password-of-the-server';
const PASSWORD = 'a-password-of-sixteen';

const fine = (reply: Reply): Reply => {
  if (reply.status >= 300) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
  return reply;
};

let made = 0;

/** A server with devices of OMA-DM and campaigns for them. */
export const startDmHouse = async (
  env: Readonly<Record<string, string>> = {},
  overrides: Partial<Context> = {},
): Promise<DmHouse> => {
  const api = await startApi(overrides, { MUSTER_DM_BASIC: 'always', ...env });
  return {
    api,
    device: async (id, profile = {}) => {
      fine(await api.call('POST', '/devices', { body: { id, protocol: 'oma-dm', ...profile } }));
      const secrets = { secret: PASSWORD, server: { id: 'muster', secret: SERVER_PASSWORD } };
      fine(await api.call('POST', `/devices/${id}/credentials`, { body: { kind: 'dm', ...secrets } }));
      const talk = (options: TalkOptions = {}) => openTalk(api, id, PASSWORD, options);
      return { id, user: id, password: PASSWORD, talk };
    },
    campaign: async (devices, plan = {}, pack = {}) => {
      made += 1;
      const bytes = `bytes of ${made}`;
      const described = { name: `fw-${made}`, version: '2.0', kind: 'firmware', fileName: 'fw.bin', ...pack };
      const { body } = fine(await upload(api, bytes, described));
      const planned = { name: `campaign ${made}`, packages: [body.id], ...plan };
      const { id } = fine(await api.call('POST', '/campaigns', { body: planned })).body;
      fine(await api.call('POST', `/campaigns/${id}/devices`, { body: { devices } }));
      const command = (verb: string) => api.call('POST', `/campaigns/${id}/${verb}`);
      fine(await command('start'));
      return {
        ...{ id, bytes, command },
        update: async (device) => fine(await api.call('GET', `/campaigns/${id}/devices/${device}`)).body,
      };
    },
  };
};

export type Talk = ReturnType<typeof openTalk>;

const leaf = (source: string, data: string): Item => ({
  source,
  meta: { format: 'chr', type: 'text/plain' },
  data,
});

/** What a device says of itself in its first message. */
export const devInfo = (id: string): Command => ({
  name: 'Replace',
  cmdId: '2',
  items: [
    leaf('./DevInfo/DevId', id),
    leaf('./DevInfo/Man', 'Acme'),
    leaf('./DevInfo/Mod', 'X1'),
    leaf('./DevInfo/DmV', '1.2'),
    leaf('./DevInfo/Lang', 'en'),
  ],
});

export const alert = (code: number, cmdId = '1'): Command => ({ name: 'Alert', cmdId, code, items: [] });

export const genericAlert = (
  type: string,
  node: string,
  result: string,
  correlator?: string,
  cmdId = '9',
): Command => ({
  ...{ name: 'Alert', cmdId, code: 1226 },
  ...(correlator !== undefined && { correlator }),
  items: [{ source: node, meta: { format: 'chr', type }, data: result }],
});

const FUMO = 'org.openmobilealliance.dm.firmwareupdate';
export const fumoAlert = (what: string, node: string, result: string, correlator?: string): Command =>
  genericAlert(`${FUMO}.${what}`, node, result, correlator);

/** One session of a device, message by message; its own number and nonce are kept. */
export const openTalk = (api: Api, id: string, password: string, options: TalkOptions) => {
  const { encoding = 'xml', scheme = 'md5', source = id, sessionId = '1', maxMsgSize } = options;
  const secret = { user: id, password: options.password ?? password };
  const base = '/dm/DEFAULT';
  let url = base;
  let msgId = 0;
  let nonce: Uint8Array = new Uint8Array();
  let proves = true;
  let last: { readonly url: string; readonly body: Buffer; readonly headers: Record<string, string> } = {
    ...{ url: '', body: Buffer.alloc(0), headers: {} },
  };

  const post = async (to: string, body: Buffer, headers: Record<string, string>): Promise<Heard> => {
    const reply = await api.http.inject({
      ...{ method: 'POST', url: to, payload: body, headers },
      ...(options.peer !== undefined && { remoteAddress: options.peer }),
    });
    const bytes = reply.rawPayload;
    const read = readMessage(bytes, encoding);
    if (reply.statusCode !== 200 || !read.ok) throw new Error(`${reply.statusCode} ${reply.payload}`);
    const message = read.value;
    const statuses = message.commands.filter((command): command is Status => command.name === 'Status');
    const header = statuses.find(({ cmdRef }) => cmdRef === '0');
    if (header?.chal?.nextNonce !== undefined) nonce = header.chal.nextNonce;
    if (header?.code === 212) proves = false;
    if (header?.code === 401 || header?.code === 407) proves = true;
    if (message.header.respUri !== undefined) url = new URL(message.header.respUri).pathname;
    const commands = message.commands.filter(
      (command): command is Exclude<Command, Status> => command.name !== 'Status',
    );
    const { headers: got, statusCode: status } = reply;
    return { status, headers: got, bytes, message, header: header?.code, statuses, commands };
  };

  const credOf = (): Cred | undefined => {
    if (!proves || scheme === 'none' || scheme === 'hmac') return undefined;
    const data = scheme === 'basic' ? basicCredential(secret) : md5Credential(secret, nonce);
    return { type: `syncml:auth-${scheme}`, format: 'b64', data };
  };

  const send = async (
    commands: readonly Command[],
    more: { readonly final?: boolean; readonly msgId?: number; readonly cred?: Cred | null } = {},
  ): Promise<Heard> => {
    msgId = more.msgId ?? msgId + 1;
    const cred = more.cred === undefined ? credOf() : (more.cred ?? undefined);
    const message: Message = {
      header: {
        ...{ verDtd: '1.2', verProto: 'DM/1.2', sessionId, msgId },
        ...{ target: `http://localhost${base}`, source, sourceName: id },
        ...(cred !== undefined && { cred }),
        ...(maxMsgSize !== undefined && { meta: { maxMsgSize } }),
      },
      commands,
      final: more.final ?? true,
    };
    const body = Buffer.from(writeMessage(message, encoding));
    const mac =
      scheme === 'hmac'
        ? { 'x-syncml-hmac': writeMacHeader({ user: id, mac: macOf(secret, nonce, body) }) }
        : {};
    const headers = { 'content-type': contentTypeOf(encoding), ...mac, ...options.headers };
    last = { url, body, headers };
    return post(url, body, headers);
  };

  const start = (more: readonly Command[] = []) => send([alert(1201), devInfo(id), ...more]);

  return {
    send,
    /** The first package of a session. */
    start,
    /** The first package as often as it takes until it is taken. */
    open: async (more: readonly Command[] = []): Promise<Heard> => {
      for (let tries = 3; ; tries -= 1) {
        const heard = await start(more);
        if ((heard.header !== 401 && heard.header !== 407) || tries === 1) return heard;
      }
    },
    /** The last message once more, byte for byte. */
    repeat: () => post(last.url, last.body, last.headers),
    nonce: () => nonce,
    forget: () => {
      nonce = new TextEncoder().encode('stale');
    },
    url: () => url,
    goTo: (to: string) => {
      url = to;
    },
  };
};

/** Leaves and interior nodes of a device, by path without case; interior nodes list their children. */
export type Nodes = Map<string, string>;

/** A device's nodes with FUMO as the standard has it. */
export const fumoNodes = (
  root = './FUMO',
  children: readonly string[] = ['Download', 'Update', 'DownloadAndUpdate', 'State'],
  version = '1.0',
): Nodes =>
  new Map([
    ['./DevDetail/FwV', version],
    ['./DevDetail/SwV', 's1'],
    ['./DevDetail/HwV', 'h1'],
    ['./DevDetail/LrgObj', 'true'],
    [root, children.join('/')],
    [`${root}/State`, '10'],
    [`${root}/Download/PkgURL`, ''],
    [`${root}/DownloadAndUpdate/PkgURL`, ''],
  ]);

const nodeStatus = (nodes: Nodes, command: Exclude<Command, Status>, execStatus: number): number => {
  if (!('items' in command)) return 406;
  const target = command.items[0]?.target ?? '';
  const path = target.split('?')[0] ?? '';
  const data = command.items[0]?.data;
  switch (command.name) {
    case 'Get':
      return nodes.has(target) || (nodes.has(path) && target === path) ? 200 : 404;
    case 'Add':
      if (nodes.has(path)) return 418;
      nodes.set(path, typeof data === 'string' ? data : '');
      return 200;
    case 'Replace':
      if (!nodes.has(path)) return 404;
      nodes.set(path, typeof data === 'string' ? data : `${data?.length ?? 0} bytes`);
      return 200;
    case 'Delete':
      return nodes.delete(path) ? 200 : 404;
    case 'Exec':
      return execStatus;
    default:
      return 200;
  }
};

/** What a device with such nodes answers to a message. */
export const answersTo = (nodes: Nodes, heard: Heard, execStatus = 202): readonly Command[] => {
  const { msgId } = heard.message.header;
  const commands: Command[] = [];
  const next = () => `${commands.length + 1}`;
  const status = (cmdRef: string, cmd: string, code: number): void => {
    commands.push({
      ...{ name: 'Status', cmdId: next(), msgRef: msgId, cmdRef, cmd, code },
      ...{ targetRefs: [], sourceRefs: [], items: [] },
    });
  };
  status('0', 'SyncHdr', 212);
  for (const command of heard.commands) {
    const code = nodeStatus(nodes, command, execStatus);
    status(command.cmdId, command.name, code);
    const source = 'items' in command ? (command.items[0]?.target ?? '') : '';
    if (command.name !== 'Get' || code !== 200) continue;
    const data = nodes.get(source) ?? '';
    const format = [...nodes.keys()].some((node) => node.startsWith(`${source}/`)) ? 'node' : 'chr';
    const items = [{ source, meta: { format, type: 'text/plain' }, data }];
    commands.push({ name: 'Results', cmdId: next(), msgRef: msgId, cmdRef: command.cmdId, items });
  }
  return commands;
};

/** Goes on with a session until the server has nothing more; answers every message that was heard. */
export const converse = async (
  talk: Talk,
  nodes: Nodes,
  first: Heard,
  execStatus = 202,
): Promise<readonly Heard[]> => {
  const all = [first];
  for (let heard = first; heard.commands.length > 0 && all.length < 20; ) {
    heard = await talk.send(answersTo(nodes, heard, execStatus));
    all.push(heard);
  }
  return all;
};

/** Every command of a kind in what was heard. */
export const commandsIn = (all: readonly Heard[], name: string) =>
  all.flatMap(({ commands }) => commands.filter((command) => command.name === name));

/** The nodes that commands of a kind were for. */
export const targetsOf = (all: readonly Heard[], name: string): readonly string[] =>
  commandsIn(all, name).flatMap((command) =>
    'items' in command ? command.items.map(({ target }) => target ?? '') : [],
  );

/** The Correlator of the first Exec. */
export const correlatorIn = (all: readonly Heard[]): string => {
  const [exec] = commandsIn(all, 'Exec');
  if (exec?.name !== 'Exec') throw new Error('no Exec');
  return exec.correlator ?? '';
};
