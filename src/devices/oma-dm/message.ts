/** What an Item carries: text as it stood, or bytes (OPAQUE of WBXML, or b64 in XML once decoded). */
export type Data = string | Uint8Array;

export type Meta = {
  readonly format?: string;
  readonly type?: string;
  readonly mark?: string;
  /** Bytes of the whole object, with the first chunk of a large one. */
  readonly size?: number;
  readonly nextNonce?: Uint8Array;
  readonly maxMsgSize?: number;
  readonly maxObjSize?: number;
};

export type Item = {
  readonly target?: string;
  readonly source?: string;
  readonly meta?: Meta;
  readonly data?: Data;
  readonly moreData?: boolean;
};

export type Cred = { readonly type: string; readonly format?: string; readonly data: string };
export type Chal = { readonly type: string; readonly format?: string; readonly nextNonce?: Uint8Array };

/** The header of one message (reference B1.3). */
export type Header = {
  readonly verDtd: string;
  readonly verProto: string;
  readonly sessionId: string;
  readonly msgId: number;
  readonly target: string;
  readonly targetName?: string;
  readonly source: string;
  /** The user name where MD5 or HMAC proves it. */
  readonly sourceName?: string;
  readonly respUri?: string;
  readonly noResp?: boolean;
  readonly cred?: Cred;
  readonly meta?: Meta;
};

type Numbered = { readonly cmdId: string; readonly noResp?: boolean; readonly meta?: Meta };

export type ItemCommandName = 'Add' | 'Replace' | 'Delete' | 'Get' | 'Copy';

/** The commands of a body, by name; those that this server does not know keep their names to be answered. */
export type Command =
  | (Numbered & { readonly name: ItemCommandName; readonly items: readonly Item[] })
  | (Numbered & { readonly name: 'Exec'; readonly correlator?: string; readonly items: readonly Item[] })
  | (Numbered & {
      readonly name: 'Alert';
      readonly code: number | undefined;
      readonly correlator?: string;
      readonly items: readonly Item[];
    })
  | (Numbered & {
      readonly name: 'Status';
      readonly msgRef: number;
      readonly cmdRef: string;
      readonly cmd: string;
      readonly targetRefs: readonly string[];
      readonly sourceRefs: readonly string[];
      readonly cred?: Cred;
      readonly chal?: Chal;
      readonly code: number;
      readonly items: readonly Item[];
    })
  | (Numbered & {
      readonly name: 'Results';
      readonly msgRef?: number;
      readonly cmdRef: string;
      readonly targetRef?: string;
      readonly sourceRef?: string;
      readonly items: readonly Item[];
    })
  | (Numbered & { readonly name: 'Atomic' | 'Sequence'; readonly commands: readonly Command[] })
  | (Numbered & { readonly name: 'unknown'; readonly element: string });

/** One message of a session, whichever way it was written. */
export type Message = {
  readonly header: Header;
  readonly commands: readonly Command[];
  /** Whether this message ends its package. */
  readonly final: boolean;
};

export type Encoding = 'xml' | 'wbxml';

/** Why bytes are no message; `expected` is a sentence without what came. */
export type Unreadable = { readonly expected: string };
