import type { ManagedNode, ManagementTree } from './management-tree.ts';
import type { Updates } from './updates.ts';
import { allOf, type El, el, find, leaf, textAt } from './wire.ts';

/** Numbers the commands of one message. */
export type Numbering = () => number;
export const numbering = (): Numbering => {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
};

/** Commands that a device writes once it knows their numbers. */
export type Draft = (cmdId: number) => El;

export type Answered = {
  /** Status and Results, in order. */
  readonly drafts: readonly Draft[];
  /** Whether there was anything to do but Status. */
  readonly hadCommands: boolean;
  /** The server asks for the next message of a package that is not complete. */
  readonly asksNext: boolean;
  readonly aborted: boolean;
};

export type Conversing = {
  readonly tree: ManagementTree;
  readonly updates: Updates;
  /** Carries operations out at once, with Status 200 and the alert in the same message. */
  readonly synchronous: boolean;
  /** Sends the alert of an Exec before its Status, as the toolkit does. */
  readonly alertsFirst: boolean;
};

const statusOf = (msgRef: string, command: El, code: number): Draft => {
  const refs = allOf(command, 'Item').flatMap((item) => [
    ...(find(item, 'Target') ? [leaf('TargetRef', textAt(item, 'Target/LocURI'))] : []),
    ...(find(item, 'Source') ? [leaf('SourceRef', textAt(item, 'Source/LocURI'))] : []),
  ]);
  return (cmdId) =>
    el(
      'Status',
      leaf('CmdID', cmdId),
      leaf('MsgRef', msgRef),
      leaf('CmdRef', textAt(command, 'CmdID')),
      leaf('Cmd', command.name),
      ...refs,
      leaf('Data', code),
    );
};

/** Data of a node: opaque, where the encoding can. */
const dataOf = (text: string, bytes?: Uint8Array): El => {
  const raw = bytes ?? new TextEncoder().encode(text);
  return {
    name: 'Data',
    kids: [],
    text: bytes === undefined ? text : Buffer.from(bytes).toString('base64'),
    raw,
  };
};

export const itemOf = (path: string, { format, type, data, bytes }: ManagedNode): El => {
  const meta = el('Meta', leaf('Format', format), type === '' ? undefined : leaf('Type', type));
  return el(
    'Item',
    el('Source', leaf('LocURI', path)),
    meta,
    format === 'node' ? undefined : dataOf(data, bytes),
  );
};

/** What a Get of one item gives: the item of its Results, or the code of its Status. */
const read = ({ tree }: Conversing, uri: string): El | number => {
  const [path = '', question] = uri.split('?');
  const node = tree.get(path);
  if (node === undefined) return 404;
  if (question === undefined) {
    if (node.format !== 'node') return itemOf(uri, node);
    const meta = el('Meta', leaf('Format', 'node'));
    return el('Item', el('Source', leaf('LocURI', uri)), meta, dataOf(tree.childrenOf(path).join('/')));
  }
  const property = /^prop=(Format|Type|Name)$/.exec(question)?.[1];
  if (property === undefined) return 406;
  const values = { Format: node.format, Type: node.type, Name: path.slice(path.lastIndexOf('/') + 1) };
  const value = values[property as keyof typeof values];
  return itemOf(uri, { format: 'chr', type: 'text/plain', data: value });
};

const get = (device: Conversing, msgRef: string, command: El): readonly Draft[] => {
  const found = allOf(command, 'Item').map((item) => read(device, textAt(item, 'Target/LocURI')));
  const refused = found.find((it) => typeof it === 'number');
  const items = found.filter((it) => typeof it !== 'number');
  const status = statusOf(msgRef, command, refused ?? 200);
  if (items.length === 0) return [status];
  const results: Draft = (cmdId) =>
    el(
      'Results',
      leaf('CmdID', cmdId),
      leaf('MsgRef', msgRef),
      leaf('CmdRef', textAt(command, 'CmdID')),
      ...items,
    );
  return [status, results];
};

const nodeIn = (command: El, item: El): ManagedNode => {
  const meta = (name: string): string => textAt(item, `Meta/${name}`) || textAt(command, `Meta/${name}`);
  const data = find(item, 'Data');
  const format = meta('Format') || 'chr';
  const bytes = format === 'b64' ? Buffer.from(data?.text ?? '', 'base64') : data?.raw;
  const isBinary = format === 'b64' || format === 'bin';
  return {
    format: isBinary ? 'bin' : format,
    type: meta('Type'),
    data: isBinary ? '' : (data?.text ?? ''),
    ...(isBinary && { bytes: new Uint8Array(bytes ?? Buffer.from(data?.text ?? '')) }),
  };
};

type Chunks = { readonly path: string; readonly size: number; readonly parts: El[] };

/** What a device does with the commands of a server, whose large objects may take several messages. */
export const createResponder = (device: Conversing) => {
  let chunks: Chunks | undefined;

  const change = (command: El, item: El): number => {
    const path = textAt(item, 'Target/LocURI');
    if (command.name === 'Delete') return device.tree.remove(path);
    const node = nodeIn(command, item);
    return command.name === 'Add' ? device.tree.add(path, node) : device.tree.replace(path, node);
  };

  /** Takes a chunk: 213 while there is more, and the object once it is whole. */
  const gather = (command: El, item: El): { readonly code: number } | { readonly whole: El } => {
    const path = textAt(item, 'Target/LocURI');
    const data = find(item, 'Data') ?? leaf('Data', '');
    if (chunks?.path !== path) chunks = { path, size: Number(textAt(item, 'Meta/Size')), parts: [] };
    chunks.parts.push(data);
    if (find(item, 'MoreData')) return { code: 213 };
    const { parts, size } = chunks;
    chunks = undefined;
    if (parts.length === 1) return { whole: item };
    const text = parts.map((part) => part.text).join('');
    const raw = Buffer.concat(parts.map((part) => part.raw ?? Buffer.from(part.text)));
    if (raw.length !== size) return { code: 424 };
    const others = item.kids.filter(({ name }) => name !== 'Data');
    const meta = find(item, 'Meta') ?? find(command, 'Meta');
    const whole = el('Item', ...others, find(item, 'Meta') ? undefined : meta);
    return {
      whole: { ...whole, kids: [...whole.kids, { name: 'Data', kids: [], text, raw: new Uint8Array(raw) }] },
    };
  };

  const write = (msgRef: string, command: El): readonly Draft[] => {
    const answers = allOf(command, 'Item').map((item) => {
      if (command.name === 'Delete') return change(command, item);
      const gathered = gather(command, item);
      return 'code' in gathered ? gathered.code : change(command, gathered.whole);
    });
    const worst = answers.find((code) => code !== 200) ?? 200;
    return [statusOf(msgRef, command, worst)];
  };

  const exec = async (msgRef: string, command: El): Promise<readonly Draft[]> => {
    const path = textAt(find(command, 'Item'), 'Target/LocURI');
    const code = device.updates.exec(path, textAt(command, 'Correlator'));
    if (code !== 202 || !device.synchronous) return [statusOf(msgRef, command, code)];
    await device.updates.work();
    const status = statusOf(msgRef, command, 200);
    const alerts = device.updates.takeAlerts();
    return device.alertsFirst ? [...alerts, status] : [status, ...alerts];
  };

  const one = async (msgRef: string, command: El): Promise<readonly Draft[]> => {
    switch (command.name) {
      case 'Get':
        return get(device, msgRef, command);
      case 'Add':
      case 'Replace':
      case 'Delete':
        return write(msgRef, command);
      case 'Exec':
        return exec(msgRef, command);
      case 'Alert':
        return [statusOf(msgRef, command, 200)];
      default:
        return [statusOf(msgRef, command, 406)];
    }
  };

  return {
    /** Whether a large object is not complete yet. */
    isGathering: (): boolean => chunks !== undefined,
    answer: async (msgRef: string, body: El | undefined): Promise<Answered> => {
      const commands = (body?.kids ?? []).filter(
        ({ name }) => !['Status', 'Final', 'Results'].includes(name),
      );
      const codes = commands.filter(({ name }) => name === 'Alert').map((alert) => textAt(alert, 'Data'));
      const drafts: Draft[] = [];
      for (const command of commands) drafts.push(...(await one(msgRef, command)));
      return {
        drafts,
        hadCommands: commands.length > 0,
        asksNext: codes.includes('1222'),
        aborted: codes.includes('1223'),
      };
    },
  };
};
