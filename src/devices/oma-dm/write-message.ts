import { bytesOf, toBase64 } from './data.ts';
import type { Chal, Command, Cred, Data, Encoding, Header, Item, Message, Meta } from './message.ts';
import type { Element } from './tree.ts';
import { isXmlText } from './xml.ts';

type Part = Element | undefined;

const branch = (name: string, ...parts: readonly Part[]): Element => ({
  name,
  elements: parts.filter((part) => part !== undefined),
  data: '',
});

const leaf = (name: string, data: Data | number | undefined): Part =>
  data === undefined ? undefined : { name, elements: [], data: typeof data === 'number' ? `${data}` : data };

const flag = (name: string, isSet: boolean | undefined): Part => (isSet ? branch(name) : undefined);

const place = (name: string, uri: string | undefined, called?: string): Part =>
  uri === undefined ? undefined : branch(name, leaf('LocURI', uri), leaf('LocName', called));

const metaOf = (meta: Meta | undefined): Part => {
  if (meta === undefined) return undefined;
  const nonce = meta.nextNonce && toBase64(meta.nextNonce);
  return branch(
    'Meta',
    leaf('Format', meta.format),
    leaf('Type', meta.type),
    leaf('Mark', meta.mark),
    leaf('Size', meta.size),
    leaf('NextNonce', nonce),
    leaf('MaxMsgSize', meta.maxMsgSize),
    leaf('MaxObjSize', meta.maxObjSize),
  );
};

const credOf = (cred: Cred | undefined): Part => {
  if (cred === undefined) return undefined;
  const { data, ...meta } = cred;
  return branch('Cred', metaOf(meta), leaf('Data', data));
};

const chalOf = (chal: Chal | undefined): Part =>
  chal === undefined ? undefined : branch('Chal', metaOf(chal));

type Content = Pick<Item, 'meta' | 'data'>;

/** Base64 is what `b64` means in either encoding; XML knows no other way for bytes. */
const inBase64 = ({ meta, data = '' }: Content): Content => ({
  meta: { ...meta, format: 'b64' },
  data: toBase64(bytesOf(data)),
});

const contentOf = (content: Content, format: string | undefined, encoding: Encoding): Content => {
  const { data } = content;
  if (data === undefined) return content;
  const isText = typeof data === 'string';
  if (!isText && format === 'b64') return inBase64(content);
  if (encoding === 'wbxml') return content;
  return isText && isXmlText(data) ? content : inBase64(content);
};

/** How nodes are described where nothing else is said, which some clients need all the same (B1.4). */
const described = (item: Item, outer: Meta | undefined): Item => {
  if (item.data === undefined) return item;
  const isText = typeof item.data === 'string';
  const format = outer?.format === undefined ? { format: isText ? 'chr' : 'bin' } : {};
  const type = outer?.type === undefined ? { type: isText ? 'text/plain' : 'application/octet-stream' } : {};
  return { ...item, meta: { ...format, ...type, ...item.meta } };
};

const itemOf = (item: Item, outer: Meta | undefined, encoding: Encoding): Element => {
  const format = item.meta?.format ?? outer?.format;
  const { meta, data } = contentOf(item, format, encoding);
  return branch(
    'Item',
    place('Target', item.target),
    place('Source', item.source),
    metaOf(meta),
    leaf('Data', data),
    flag('MoreData', item.moreData),
  );
};

const headOf = ({ cmdId, noResp }: Command): readonly Part[] => [
  leaf('CmdID', cmdId),
  flag('NoResp', noResp),
];

const nodesOf = (items: readonly Item[], meta: Meta | undefined, encoding: Encoding): readonly Element[] =>
  items.map((item) => itemOf(described(item, meta), meta, encoding));

const statusOf = (status: Extract<Command, { readonly name: 'Status' }>, encoding: Encoding): Element =>
  branch(
    'Status',
    ...headOf(status),
    leaf('MsgRef', status.msgRef),
    leaf('CmdRef', status.cmdRef),
    leaf('Cmd', status.cmd),
    ...status.targetRefs.map((uri) => leaf('TargetRef', uri)),
    ...status.sourceRefs.map((uri) => leaf('SourceRef', uri)),
    credOf(status.cred),
    chalOf(status.chal),
    leaf('Data', status.code),
    ...status.items.map((item) => itemOf(item, undefined, encoding)),
  );

const commandOf = (command: Command, encoding: Encoding): Element => {
  const head = headOf(command);
  const meta = metaOf(command.meta);
  switch (command.name) {
    case 'Status':
      return statusOf(command, encoding);
    case 'Results':
      return branch(
        'Results',
        leaf('CmdID', command.cmdId),
        leaf('MsgRef', command.msgRef),
        leaf('CmdRef', command.cmdRef),
        meta,
        leaf('TargetRef', command.targetRef),
        leaf('SourceRef', command.sourceRef),
        ...nodesOf(command.items, command.meta, encoding),
      );
    case 'Alert':
      return branch(
        'Alert',
        ...head,
        leaf('Data', command.code),
        leaf('Correlator', command.correlator),
        ...command.items.map((item) => itemOf(item, undefined, encoding)),
      );
    case 'Exec':
      return branch(
        'Exec',
        ...head,
        meta,
        leaf('Correlator', command.correlator),
        ...nodesOf(command.items, command.meta, encoding),
      );
    case 'Atomic':
    case 'Sequence':
      return branch(
        command.name,
        ...head,
        meta,
        ...command.commands.map((inner) => commandOf(inner, encoding)),
      );
    case 'unknown':
      return branch(command.element, ...head, meta);
    default:
      return branch(command.name, ...head, meta, ...nodesOf(command.items, command.meta, encoding));
  }
};

const headerOf = (header: Header): Element =>
  branch(
    'SyncHdr',
    leaf('VerDTD', header.verDtd),
    leaf('VerProto', header.verProto),
    leaf('SessionID', header.sessionId),
    leaf('MsgID', header.msgId),
    place('Target', header.target, header.targetName),
    place('Source', header.source, header.sourceName),
    leaf('RespURI', header.respUri),
    flag('NoResp', header.noResp),
    credOf(header.cred),
    metaOf(header.meta),
  );

/** The document of a message, in the order of the DTD (B1.4). */
export const documentOf = ({ header, commands, final }: Message, encoding: Encoding): Element =>
  branch(
    'SyncML',
    headerOf(header),
    branch('SyncBody', ...commands.map((command) => commandOf(command, encoding)), flag('Final', final)),
  );
