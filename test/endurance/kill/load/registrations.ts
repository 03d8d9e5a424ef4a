import { setTimeout as sleep } from 'node:timers/promises';
import { createSimulatedDevice, type SimulatedDevice } from '../../../support/lwm2m-device.ts';
import type { Place } from '../../place.ts';
import type { Deps, Load } from '../load.ts';

/** Between two updates, in milliseconds: nothing is written for most of them. */
const PAUSE = 100;
/** A request that was lost is sent again ever more seldom: whoever hears nothing for so long asks anew. */
const PATIENCE = 2_000;

/** A registration lives for a day: whoever was told of one can update it, over any number of deaths. */
export const registrationLoad = (
  { ledger, wire, prefix }: Deps,
  { lwm2m }: Place,
  count: number,
): Load & { readonly stop: () => void } => {
  const devices: SimulatedDevice[] = [];

  /** Asks until something is answered; undefined once nobody asks any more. */
  const insist = async <Value>(ask: () => Promise<Value>): Promise<Value> => {
    for (;;) {
      const asked = ask().catch(() => undefined);
      const value = await Promise.race([asked, sleep(PATIENCE, undefined)]);
      if (value !== undefined) return value;
      await wire.insist({ method: 'GET', path: '/readyz' });
    }
  };

  const actor = (number: number) => {
    const endpoint = `${prefix}-endpoint-${number}`;
    const device = createSimulatedDevice({ server: lwm2m, endpoint, enabler: '1.1', firmware: '1.0' });
    devices.push(device);
    return async (round: number) => {
      if (round === 0) {
        await wire.insist({
          method: 'POST',
          path: '/api/v1/devices',
          body: { id: endpoint, protocol: 'lwm2m' },
        });
        await insist(async () => {
          await device.start();
          return true;
        });
        ledger.note('LwM2M registration');
        return;
      }
      await sleep(PAUSE);
      const { code } = await insist(() => device.update());
      if (code === '2.04') ledger.note('LwM2M update');
      else ledger.flaw('lost', `the registration of ${endpoint}: ${code}`);
    };
  };

  return {
    actors: Array.from({ length: count }, (_, number) => actor(number)),
    audit: async () => undefined,
    stop: () => {
      for (const device of devices) device.stop();
    },
  };
};
