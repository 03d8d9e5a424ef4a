/**
 * The code pages of SyncML 1.2 in WBXML (reference B1.10): names by token, from 0x05 on. No name is on both pages, so
 * that a name alone says which page it is from.
 */
const FIRST = 0x05;

const syncml = [
  'Add Alert Archive Atomic Chal Cmd CmdID CmdRef Copy Cred Data Delete Exec Final Get Item Lang LocName LocURI Map',
  'MapItem Meta MsgID MsgRef NoResp NoResults Put Replace RespURI Results Search Sequence SessionID SftDel Source',
  'SourceRef Status Sync SyncBody SyncHdr SyncML Target TargetRef page0-30 VerDTD VerProto NumberOfChanges MoreData',
  'Field Filter Record FilterType SourceParent TargetParent Move Correlator',
];

const metinf = [
  'Anchor EMI Format FreeID FreeMem Last Mark MaxMsgSize Mem MetInf Next NextNonce SharedMem Size Type Version',
  'MaxObjSize FieldLevel',
];

const pages = [syncml, metinf].map((lines) => lines.join(' ').split(' '));

export type Token = { readonly page: number; readonly code: number };

const tokens: ReadonlyMap<string, Token> = new Map(
  pages.flatMap((names, page) =>
    names.map((name, index): [string, Token] => [name, { page, code: index + FIRST }]),
  ),
);

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** The name behind a token; one that is not listed is called by its page and code, such as `page2-05`. */
export const nameOf = ({ page, code }: Token): string =>
  pages[page]?.[code - FIRST] ?? `page${page}-${hex(code)}`;

/** The token of a name; `undefined` for what SyncML does not know. */
export const tokenOf = (name: string): Token | undefined => tokens.get(name);

/** Whether an element belongs to the namespace of meta information, `syncml:metinf`. */
export const isMetaInformation = (name: string): boolean => tokens.get(name)?.page === 1;

/** Public identifiers of documents, by the version of their DTD: the number of WBXML, and the name. */
export const publicIds = [
  { version: '1.2', number: 0x1201, name: '-//SYNCML//DTD SyncML 1.2//EN' },
  { version: '1.1', number: 0x0fd3, name: '-//SYNCML//DTD SyncML 1.1//EN' },
  { version: '1.0', number: 0x0fd1, name: '-//SYNCML//DTD SyncML 1.0//EN' },
] as const;
