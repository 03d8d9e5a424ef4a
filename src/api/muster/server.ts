import type { Clock } from '../../app/ports.ts';
import { ok } from '../../domain/result.ts';
import { SECOND } from '../../domain/time.ts';
import type { serverRoutes } from '../../wire/muster/server.ts';
import type { Handlers } from './call.ts';
import type { MusterSettings } from './plugin.ts';

type Deps = {
  readonly clock: Clock;
  readonly settings: MusterSettings;
  readonly baseUrl: () => string;
  readonly version: string;
};

const seconds = (milliseconds: number): number => Math.round(milliseconds / SECOND);

/** The server itself. */
export const serverHandlers = ({
  clock,
  settings,
  baseUrl,
  version,
}: Deps): Handlers<typeof serverRoutes> => ({
  getServer: async () =>
    ok({
      version,
      node: process.versions.node,
      url: baseUrl(),
      now: new Date(clock()).toISOString(),
      limits: {
        packageBytes: settings.packageLimit,
        importBytes: settings.importLimit,
        signInsPerMinute: settings.loginsPerMinute,
        failuresBeforeLock: settings.lockoutFailures,
        lockSeconds: seconds(settings.lockoutTime),
        sessionSeconds: seconds(settings.sessionTtl),
      },
    }),
});
