import type { Clock } from '../../../app/ports.ts';
import type { Association, DatagramEvents, SecureDatagram } from '../transport.ts';
import { flightBytes, openFrom, type Secured, sealTo, secure } from './association.ts';
import { addressKey, createDirectory, type Directory } from './directory.ts';
import type { Opened } from './half-open.ts';
import type { DtlsLimits } from './limits.ts';
import {
  type AlertReason,
  alertOf,
  alerts,
  CLIENT_HELLO,
  FATAL,
  FINISHED,
  readFragments,
} from './messages.ts';
import { ALERT, APPLICATION_DATA, type Content, HANDSHAKE, LAST_SEQUENCE, type RawRecord } from './record.ts';

/** What associations need from the transport around them. */
export type EstablishedDeps = {
  readonly below: SecureDatagram;
  readonly clock: Clock;
  readonly limits: Pick<DtlsLimits, 'associations' | 'idle' | 'recheck'>;
  readonly findKey: (identity: string) => Promise<Uint8Array | undefined>;
  readonly trouble: (error: unknown) => void;
};

/** The associations whose handshake is done: what they say, what is said to them, and how they end. */
export type Established = Pick<Directory, 'byAddress' | 'byCid'> & {
  /** Who is told of messages and of those who left. */
  readonly tell: (events: DatagramEvents) => void;
  readonly add: (opened: Opened, from: Pick<Association, 'address' | 'port'>) => Secured;
  /** Whether the record was genuine and new; nothing happens otherwise. */
  readonly take: (
    secured: Secured,
    record: RawRecord,
    from: Pick<Association, 'address' | 'port'>,
  ) => boolean;
  readonly send: (key: string, datagram: Uint8Array) => void;
  /** Forgets who was quiet for too long. */
  readonly expire: () => void;
  readonly endAll: () => void;
};

/** RFC 6347 4.1: 2^14 bytes in a record. */
const LONGEST = 2 ** 14;

export const createEstablished = ({
  below,
  clock,
  limits,
  findKey,
  trouble,
}: EstablishedDeps): Established => {
  const directory = createDirectory(limits.associations);
  let events: DatagramEvents = { message: () => undefined, gone: () => undefined };
  let made = 0;

  const deliver = (secured: Secured, datagram: Uint8Array): void =>
    below.send({ key: addressKey(secured.association) }, datagram);
  const say = (secured: Secured, content: Content): void => {
    const record = sealTo(secured, content);
    if (record) deliver(secured, record);
  };
  const warn = (secured: Secured, reason: AlertReason): void =>
    say(secured, { type: ALERT, bytes: alertOf(reason) });
  const end = (secured: Secured): void => {
    if (directory.byKey(secured.association.key) !== secured) return;
    warn(secured, alerts.closeNotify);
    directory.remove(secured);
    events.gone(secured.association.key);
  };

  const takeAlert = (secured: Secured, [level, reason]: Uint8Array): void => {
    if (level === FATAL || reason === alerts.closeNotify) end(secured);
  };
  /** A device that says Finished again has not heard ours (RFC 6347 4.2.4); new handshakes begin in the open. */
  const takeHandshake = (secured: Secured, bytes: Uint8Array): void => {
    const [first] = readFragments(bytes);
    const { final } = secured;
    if (first?.type === CLIENT_HELLO) warn(secured, alerts.noRenegotiation);
    if (first?.type !== FINISHED || !final) return;
    deliver(
      secured,
      flightBytes(final.flight, final, (content) => sealTo(secured, content)),
    );
  };
  const takeContent = (secured: Secured, { type, bytes }: Content): void => {
    if (type === ALERT) takeAlert(secured, bytes);
    else if (type === HANDSHAKE) takeHandshake(secured, bytes);
    else if (type === APPLICATION_DATA && bytes.length > 0) {
      secured.final = undefined;
      events.message(secured.association, bytes);
    }
  };
  /** Only the newest record moves a device, so that no old one sent from elsewhere does (RFC 9146 6). */
  const move = (secured: Secured, { address, port }: Pick<Association, 'address' | 'port'>): void => {
    const { association } = secured;
    if (association.address !== address || association.port !== port) {
      secured.association = { ...association, address, port };
    }
  };
  /** Ends an association whose key is not valid any more; while nobody can tell, it stays. */
  const recheck = (secured: Secured): void => {
    secured.checkedAt = clock();
    findKey(secured.association.identity).then((key) => {
      if (!key) end(secured);
    }, trouble);
  };

  return {
    byAddress: directory.byAddress,
    byCid: directory.byCid,
    tell: (listener) => {
      events = listener;
    },
    add: ({ state, numbers, window }, from) => {
      made += 1;
      const secured = secure(state, { key: `dtls ${made}`, from, now: clock(), numbers, window });
      for (const { association } of directory.add(secured)) events.gone(association.key);
      return secured;
    },
    take: (secured, record, from) => {
      const opened = openFrom(secured, record);
      if (!opened) return false;
      const now = clock();
      directory.touch(secured, now);
      if (opened.isNewest) move(secured, from);
      if (now - secured.checkedAt >= limits.recheck) recheck(secured);
      takeContent(secured, opened.content);
      return true;
    },
    send: (key, datagram) => {
      const secured = directory.byKey(key);
      if (!secured || datagram.length > LONGEST) return;
      // The last number is for the goodbye.
      if (secured.nextSequence >= LAST_SEQUENCE) end(secured);
      else say(secured, { type: APPLICATION_DATA, bytes: datagram });
    },
    expire: () => {
      for (const { association } of directory.expire(clock() - limits.idle)) events.gone(association.key);
    },
    endAll: () => {
      for (const secured of [...directory.all()]) end(secured);
    },
  };
};
