import { Duplex } from 'node:stream';
import { createIdentityScanner } from './identity-scanner.ts';

/**
 * A connection as TLS gets to see it: all bytes pass, but those that complete the naming of an identity are held until
 * `admit` has settled, so that its key is there when TLS asks for it without waiting. A rejected `admit` ends it.
 */
export const createGate = (
  socket: Duplex,
  admit: (identity: string | undefined) => Promise<void>,
): Duplex => {
  const scan = createIdentityScanner();
  let wanted = (): void => undefined;

  const gate = new Duplex({
    read: () => wanted(),
    write: (bytes: Uint8Array, _encoding, done) => {
      if (socket.write(bytes)) done();
      else socket.once('drain', done);
    },
    final: (done) => {
      socket.end();
      done();
    },
    destroy: (error, done) => {
      socket.destroy();
      // Whoever waits for bytes to be wanted goes on and finds that it is over.
      wanted();
      done(error);
    },
  });

  const pump = async (): Promise<void> => {
    let isScanning = true;
    for await (const bytes of socket) {
      if (isScanning) {
        const scanned = scan(bytes);
        isScanning = scanned.found === 'nothing-yet';
        if (scanned.found === 'identity') await admit(scanned.identity);
      }
      if (gate.destroyed) return;
      const isFull = !gate.push(bytes);
      if (isFull && !gate.destroyed) await asked();
    }
    gate.push(null);
  };
  const asked = (): Promise<void> =>
    new Promise((resolve) => {
      wanted = resolve;
    });
  pump().catch(() => gate.destroy());
  return gate;
};
