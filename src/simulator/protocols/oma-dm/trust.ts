import {
  challengeOf,
  credOf,
  MAC_HEADER,
  macHeaderOf,
  provesItself,
  readChallenge,
  type Scheme,
} from './proof.ts';
import type { DmDeviceOptions, Exchanged } from './types.ts';
import { allOf, type El, find, leaf, textAt } from './wire.ts';

/** What a device thinks of the server's proof: the Status of its header. */
export type Judgement = { readonly code: number; readonly chal?: El };

/** The proofs of one session. */
export type SessionTrust = {
  /** Name and credentials in a header. */
  readonly nameOf: () => El | undefined;
  readonly credOf: () => El | undefined;
  readonly macOf: (body: Uint8Array) => Readonly<Record<string, string>>;
  /** Takes what the server thinks of the last message, with its challenge; `false` when it does not believe it. */
  readonly isBelieved: (exchanged: Exchanged) => boolean;
  readonly judge: (exchanged: Exchanged) => Judgement;
};

export type Trust = {
  readonly begin: () => SessionTrust;
  readonly forgetNonce: (whose: 'ours' | 'theirs') => void;
};

/** The Status of the header in an answer. */
export const headerStatus = (answer: El): El | undefined =>
  allOf(find(answer, 'SyncBody'), 'Status').find((status) => textAt(status, 'CmdRef') === '0');

const stale = new TextEncoder().encode('stale');

/** The accounts of a device, with the nonces that outlive its sessions. */
export const createTrust = ({ id, account, serverAccount }: DmDeviceOptions): Trust => {
  let nonce: Uint8Array = new Uint8Array();
  let theirNonce: Uint8Array = new Uint8Array();
  let challenges = 0;

  /** Its bytes are base64 themselves, as those of the stock client are. */
  const newNonce = (): Uint8Array => {
    challenges += 1;
    return new TextEncoder().encode(Buffer.from(`${id} ${challenges}`).toString('base64'));
  };

  const judge = ({ answer, answerBytes, headers }: Exchanged): Judgement => {
    if (serverAccount === undefined) return { code: 200 };
    const header = find(answer, 'SyncHdr');
    const mac = headers.get(MAC_HEADER) ?? '';
    const isProven = provesItself(serverAccount, theirNonce, { header, body: answerBytes, mac });
    const refusal = find(header, 'Cred') === undefined && mac === '' ? 407 : 401;
    theirNonce = newNonce();
    return { code: isProven ? 200 : refusal, chal: challengeOf(serverAccount.scheme, theirNonce) };
  };

  const begin = (): SessionTrust => {
    let isProven = false;
    let proves = account !== undefined && nonce.length > 0;
    let scheme: Scheme | undefined = account?.scheme;

    const heed = (chal: El): void => {
      const asked = readChallenge(chal);
      nonce = asked.nonce ?? nonce;
      scheme = asked.scheme ?? scheme;
      proves = true;
    };

    return {
      nameOf: () => account && leaf('LocName', account.user),
      credOf: () =>
        account && scheme && proves && !isProven ? credOf({ ...account, scheme }, nonce) : undefined,
      macOf: (body) =>
        account !== undefined && scheme === 'hmac' && proves
          ? { [MAC_HEADER]: macHeaderOf(account, nonce, body) }
          : {},
      isBelieved: ({ answer }) => {
        const status = headerStatus(answer);
        const chal = find(status, 'Chal');
        if (chal !== undefined) heed(chal);
        const code = textAt(status, 'Data');
        if (code === '212') isProven = true;
        return code !== '401' && code !== '407';
      },
      judge,
    };
  };

  return {
    begin,
    forgetNonce: (whose) => {
      if (whose === 'ours') nonce = stale;
      else theirNonce = stale;
    },
  };
};
