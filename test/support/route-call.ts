import type { Route } from '../../src/wire/muster/route.ts';
import type { Api } from './api.ts';
import { sampleOf } from './sample-body.ts';
import type { ParamName, Tenant } from './tenant.ts';

/** The names of the parameters in a path. */
export const paramsIn = (path: string): readonly ParamName[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as ParamName);

/** A path with an id for each parameter. */
export const pathOf = (path: string, ids: Tenant['ids']): string =>
  path.replaceAll(/:(\w+)/g, (_, name: ParamName) => {
    // Someone added a parameter: give it an id in `Tenant`, so that it is tested too.
    if (ids[name] === undefined) throw new Error(`there is no sample id for :${name}`);
    return encodeURIComponent(ids[name]);
  });

/** What a valid request of a route carries beside its path: a small body of the right type. */
export const contentOf = (
  route: Route,
): Pick<NonNullable<Parameters<Api['call']>[2]>, 'body' | 'headers'> => {
  if (route.replies === 'text/event-stream') return { headers: { accept: route.replies } };
  if (route.body !== undefined) return { body: sampleOf(route.body) };
  if (route.streams === undefined) return {};
  return { body: '{"id":"gw-17"}\n', headers: { 'content-type': route.streams[0] ?? '' } };
};
