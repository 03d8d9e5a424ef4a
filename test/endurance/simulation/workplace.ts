import type { Push } from '../../../src/app/push-ports.ts';
import { type Client, createClient } from '../../../src/client/muster.ts';
import type { SecureDatagram } from '../../../src/devices/lwm2m/transport.ts';
import { adminPassword } from '../../support/api.ts';
import { chanceOf } from './chance.ts';
import { type Machine, startMachine } from './machine.ts';
import { createNetwork } from './network.ts';

/** A simulated server with somebody who works with it, over a network that loses nothing. */
export type Workplace = {
  readonly machine: Machine;
  readonly client: Client;
  /** The same caller with another secret. */
  readonly clientOf: (token: string) => Client;
  /** Does all work that is due. */
  readonly work: () => Promise<void>;
  /** What went wrong in the server. */
  readonly problems: readonly string[];
};

const SERVER = 'http://muster.example';
const never = { lost: 0, unanswered: 0, twice: 0, late: 0, cut: 0 };

/** `clock` is that of the server; `elapsed` goes on whatever becomes of it. */
export const openWorkplace = async (given: {
  readonly seed: number;
  readonly clock: () => number;
  readonly elapsed: () => number;
  readonly push: Push;
}): Promise<Workplace> => {
  const problems: string[] = [];
  const problem = (what: string): void => void problems.push(what);
  const nobody: SecureDatagram = {
    scheme: 'coap',
    listen: async () => ({ address: '192.0.2.1', port: 5_683 }),
    send: () => undefined,
    close: async () => undefined,
  };
  const machine = await startMachine({
    ...{ ...given, wake: () => undefined, problem, air: () => nobody, later: () => () => undefined },
  });
  const network = createNetwork({
    ...{
      chance: chanceOf(given.seed, 'network'),
      now: machine.now,
      odds: () => never,
      problem,
      faults: { ...never },
    },
    ...{ later: () => undefined, newest: () => () => true },
  });
  const { fetch } = network;
  const clientOf = (token: string): Client => createClient({ url: SERVER, fetch, token });
  const open = createClient({ url: SERVER, fetch });
  const session = await open.signIn({ body: { email: 'admin@localhost', password: adminPassword } });
  const { token } = await clientOf(session.token).createToken({ body: { name: 'operator' } });
  const work = async (): Promise<void> => {
    const { life, work: run } = machine.now();
    await Promise.race([run('all'), life.end]);
  };
  return { machine, client: clientOf(token), clientOf, work, problems };
};
