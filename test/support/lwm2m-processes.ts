import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceView, SimulatedDevice } from './lwm2m-device.ts';
import { admin, type Lwm2mOperator } from './lwm2m-server.ts';
import { serve } from './muster-process.ts';

/** A server of LwM2M in a process of its own, with what it kept in a directory; `kill` ends it as a power cut would. */
export const startLwm2mProcess = async (directory: string, env: Readonly<Record<string, string>>) => {
  const server = await serve({
    MUSTER_DATA: directory,
    MUSTER_ADMIN_PASSWORD: admin.password,
    MUSTER_LWM2M_PUBLIC_HOST: '127.0.0.1',
    MUSTER_LWM2M_POLL: '1s',
    ...env,
  });
  const kill = async (): Promise<void> => {
    server.child.kill('SIGKILL');
    await server.exit;
  };
  return { ...server, kill };
};
export type Lwm2mProcess = Awaited<ReturnType<typeof startLwm2mProcess>>;

const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

type Fields = Readonly<Record<string, unknown>>;

/** The update of a device once it fits; says what the device was asked where it does not in time. */
export const updateThat = async (
  operator: Lwm2mOperator,
  campaign: string,
  device: SimulatedDevice,
  fits: (update: Fields) => boolean,
  id = 'd1',
): Promise<Fields> => {
  let update: Fields = {};
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(LOOK_MS)) {
    update = await operator.update(campaign, id);
    if (fits(update)) return update;
  }
  throw new Error(
    [JSON.stringify(update), JSON.stringify(device.view()), ...device.log.slice(-40)].join('\n'),
  );
};

/** The update once it has ended. */
export const ended = (
  operator: Lwm2mOperator,
  campaign: string,
  device: SimulatedDevice,
  id?: string,
): Promise<Fields> => updateThat(operator, campaign, device, ({ outcome }) => outcome !== null, id);

/** Resolves once a device looks so; says what it was asked where it does not in time. */
export const seen = async (
  device: SimulatedDevice,
  fits: (view: DeviceView) => boolean,
): Promise<DeviceView> => {
  const over = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: over.signal }).then(() => {
    throw new Error([JSON.stringify(device.view()), ...device.log.slice(-40)].join('\n'));
  });
  try {
    return await Promise.race([device.until(fits), late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
};
