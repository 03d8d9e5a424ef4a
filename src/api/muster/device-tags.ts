import type { Clock, Store } from '../../app/ports.ts';
import { type Tagged, tagDevices } from '../../app/tag-devices.ts';
import type { RefusalOf } from '../../domain/refusal.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { deviceTagRoutes } from '../../wire/muster/device-tags.ts';
import type { BodyOf } from '../../wire/muster/route.ts';
import type { Handlers } from './call.ts';
import { problemOf } from './errors.ts';
import { fromPaging, toCursor } from './map.ts';
import { mapped } from './mapped.ts';

type Body = BodyOf<(typeof deviceTagRoutes)['tagDevices']>;

const toTagged = (body: Body): Result<Tagged, RefusalOf<'invalid'>> => {
  if ('devices' in body) return ok({ deviceIds: [...new Set(body.devices)] });
  const page = fromPaging({ cursor: body.cursor });
  return page.ok ? ok({ expression: body.expression, after: page.value.after }) : page;
};

/** Tags of many devices at once. */
export const deviceTagHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
}): Handlers<typeof deviceTagRoutes> => ({
  tagDevices: async ({ caller, body, request }) => {
    const which = toTagged(body);
    if (!which.ok) return which;
    const { add = [], remove = [] } = body;
    return mapped(
      await tagDevices(deps, caller, which.value, { add, remove }),
      ({ problem, next, ...report }) => ({
        ...report,
        problem: problem === null ? null : problemOf(problem, request.id).detail,
        next: next === null ? null : toCursor(next),
      }),
    );
  },
});
