/** Where datagrams come from and go to: a plain address, or a secure association that may change its address. */
export type Association = {
  /** Unique among the associations of this process for as long as it lives. */
  readonly key: string;
  /** Where it was last heard from. */
  readonly address: string;
  readonly port: number;
  /** The identity that its handshake proved (a PSK identity); `undefined` where nothing was proven. */
  readonly identity: string | undefined;
};

/** What a transport tells whoever listens on it. Handlers never throw. */
export type DatagramEvents = {
  readonly message: (from: Association, datagram: Uint8Array) => void;
  /** An association was closed, replaced or forgotten; nothing can be sent to it any more. */
  readonly gone: (key: string) => void;
};

/**
 * One socket that devices reach: every request to a device leaves from where the device registered (reference A1.1).
 * Plain UDP and DTLS are two of them; Node's own DTLS can be a third.
 */
export interface SecureDatagram {
  /** `coap` or `coaps`: what URIs to it begin with. */
  readonly scheme: 'coap' | 'coaps';
  listen(events: DatagramEvents): Promise<{ readonly address: string; readonly port: number }>;
  /** Best effort, as datagrams are; to an association that is gone it is nothing. */
  send(to: Pick<Association, 'key'>, datagram: Uint8Array): void;
  close(): Promise<void>;
}
