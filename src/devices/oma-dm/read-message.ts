import { dataOf, fromBase64, textOf, toBase64, utf8Of } from './data.ts';
import type { Chal, Command, Cred, Data, Header, Item, Message, Meta } from './message.ts';
import { childOf, childrenOf, type Element, unfit } from './tree.ts';
import { xmlOf } from './xml.ts';

type Given<Fields> = {
  readonly [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name];
} & {
  readonly [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<
    Fields[Name],
    undefined
  >;
};

/** Fields without those that are undefined. */
const given = <Fields extends object>(fields: Fields): Given<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>;

const textIn = (element: Element, name: string): string | undefined => {
  const child = childOf(element, name);
  return child && textOf(child.data).trim();
};

const needed = (element: Element, name: string): string =>
  textIn(element, name) ?? unfit(`${name} in each ${element.name}`);

const integerIn = (element: Element, name: string): number | undefined => {
  const text = textIn(element, name);
  if (text === undefined) return undefined;
  return /^\d{1,10}$/.test(text) ? Number(text) : unfit(`a whole number as ${name}`);
};

const neededInteger = (element: Element, name: string): number =>
  integerIn(element, name) ?? unfit(`${name} in each ${element.name}`);

/** `true` where an element stands, which has no content. */
const flagIn = (element: Element, name: string): true | undefined =>
  childOf(element, name) === undefined ? undefined : true;

const uriIn = (element: Element, name: string): string | undefined => {
  const child = childOf(element, name);
  return child && textIn(child, 'LocURI');
};

/** Base64 as it is said to be always; what does not decode is taken as it stands (B1.5). */
const nonceIn = (meta: Element): Uint8Array | undefined => {
  const child = childOf(meta, 'NextNonce');
  if (child === undefined) return undefined;
  const text = typeof child.data === 'string' ? child.data.trim() : utf8Of(child.data)?.trim();
  const decoded = text === undefined ? undefined : fromBase64(text);
  return decoded ?? (typeof child.data === 'string' ? new TextEncoder().encode(text) : child.data);
};

/** The element with the meta information of another, with or without `MetInf` around it. */
const metaElement = (element: Element): Element | undefined => {
  const meta = childOf(element, 'Meta');
  return meta && (childOf(meta, 'MetInf') ?? meta);
};

const metaIn = (element: Element): Meta | undefined => {
  const meta = metaElement(element);
  if (meta === undefined) return undefined;
  const fields: Meta = given({
    format: textIn(meta, 'Format'),
    type: textIn(meta, 'Type'),
    mark: textIn(meta, 'Mark'),
    size: integerIn(meta, 'Size'),
    nextNonce: nonceIn(meta),
    maxMsgSize: integerIn(meta, 'MaxMsgSize'),
    maxObjSize: integerIn(meta, 'MaxObjSize'),
  });
  return Object.keys(fields).length > 0 ? fields : undefined;
};

/** Bytes of a digest that came as such are base64, as the digests of text are. */
const credIn = (element: Element): Cred | undefined => {
  const cred = childOf(element, 'Cred');
  if (cred === undefined) return undefined;
  const { format, type = '' } = metaIn(cred) ?? {};
  const { data } = childOf(cred, 'Data') ?? unfit('Data in each Cred');
  const isDigest = typeof data !== 'string' && format !== 'b64';
  return given({ type, format, data: isDigest ? toBase64(data) : textOf(data).trim() });
};

const chalIn = (element: Element): Chal | undefined => {
  const chal = childOf(element, 'Chal');
  if (chal === undefined) return undefined;
  const { format, type = '', nextNonce } = metaIn(chal) ?? {};
  return given({ type, format, nextNonce });
};

/** Content that consists of elements is the XML of them. */
const dataIn = (element: Element, format: string | undefined): Data | undefined => {
  const child = childOf(element, 'Data');
  if (child === undefined) return undefined;
  return child.elements.length > 0 ? xmlOf(child.elements) : dataOf(child.data, format);
};

const itemOf = (element: Element, outer: Meta | undefined): Item => {
  const meta = metaIn(element);
  return given({
    target: uriIn(element, 'Target'),
    source: uriIn(element, 'Source'),
    meta,
    data: dataIn(element, meta?.format ?? outer?.format),
    moreData: flagIn(element, 'MoreData'),
  });
};

const itemsIn = (element: Element): readonly Item[] => {
  const outer = metaIn(element);
  return childrenOf(element, 'Item').map((item) => itemOf(item, outer));
};

const textsIn = (element: Element, name: string): readonly string[] =>
  childrenOf(element, name).map(({ data }) => textOf(data).trim());

/** A code that is no number is left to whoever answers the alert. */
const alertCodeOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;

const numberedOf = (element: Element) =>
  given({ cmdId: needed(element, 'CmdID'), noResp: flagIn(element, 'NoResp'), meta: metaIn(element) });

const statusOf = (element: Element): Command => ({
  name: 'Status',
  ...numberedOf(element),
  msgRef: neededInteger(element, 'MsgRef'),
  cmdRef: needed(element, 'CmdRef'),
  cmd: needed(element, 'Cmd'),
  targetRefs: textsIn(element, 'TargetRef'),
  sourceRefs: textsIn(element, 'SourceRef'),
  ...given({ cred: credIn(element), chal: chalIn(element) }),
  code: neededInteger(element, 'Data'),
  items: itemsIn(element),
});

const resultsOf = (element: Element): Command => ({
  name: 'Results',
  ...numberedOf(element),
  ...given({
    msgRef: integerIn(element, 'MsgRef'),
    cmdRef: needed(element, 'CmdRef'),
    targetRef: textIn(element, 'TargetRef'),
    sourceRef: textIn(element, 'SourceRef'),
    items: itemsIn(element),
  }),
});

const alertOf = (element: Element): Command => ({
  name: 'Alert',
  ...numberedOf(element),
  code: alertCodeOf(textIn(element, 'Data')),
  ...given({ correlator: textIn(element, 'Correlator') }),
  items: itemsIn(element),
});

/** What of a group is not a command in it. */
const ofGroups: readonly string[] = ['CmdID', 'NoResp', 'Meta'];

const commandOf = (element: Element): Command => {
  const { name } = element;
  switch (name) {
    case 'Add':
    case 'Replace':
    case 'Delete':
    case 'Get':
    case 'Copy':
      return { name, ...numberedOf(element), items: itemsIn(element) };
    case 'Exec': {
      const correlator = textIn(element, 'Correlator');
      return { name, ...numberedOf(element), ...given({ correlator }), items: itemsIn(element) };
    }
    case 'Alert':
      return alertOf(element);
    case 'Status':
      return statusOf(element);
    case 'Results':
      return resultsOf(element);
    case 'Atomic':
    case 'Sequence': {
      const commands = element.elements.filter((child) => !ofGroups.includes(child.name)).map(commandOf);
      return { name, ...numberedOf(element), commands };
    }
    default:
      return { name: 'unknown', ...numberedOf(element), element: name };
  }
};

const headerOf = (element: Element): Header => {
  const target = childOf(element, 'Target') ?? unfit('Target in SyncHdr');
  const source = childOf(element, 'Source') ?? unfit('Source in SyncHdr');
  return given({
    verDtd: needed(element, 'VerDTD'),
    verProto: needed(element, 'VerProto'),
    sessionId: needed(element, 'SessionID'),
    msgId: neededInteger(element, 'MsgID'),
    target: needed(target, 'LocURI'),
    targetName: textIn(target, 'LocName'),
    source: needed(source, 'LocURI'),
    sourceName: textIn(source, 'LocName'),
    respUri: textIn(element, 'RespURI'),
    noResp: flagIn(element, 'NoResp'),
    cred: credIn(element),
    meta: metaIn(element),
  });
};

/** A message from its document, its elements in whatever order (B1.4). Throws `Unfit`. */
export const messageOf = (root: Element): Message => {
  if (root.name !== 'SyncML') unfit('a document of SyncML');
  const header = childOf(root, 'SyncHdr') ?? unfit('SyncHdr in SyncML');
  const body = childOf(root, 'SyncBody') ?? unfit('SyncBody in SyncML');
  return {
    header: headerOf(header),
    commands: body.elements.filter(({ name }) => name !== 'Final').map(commandOf),
    final: childOf(body, 'Final') !== undefined,
  };
};
