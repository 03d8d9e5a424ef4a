import { basePath as ddiPath, ddiRoutes } from '../wire/ddi/routes.ts';
import { basePath as musterPath, routes } from '../wire/muster/routes.ts';
import { agentRoutes } from '../wire/pulse/agent.ts';
import { basePath as pulsePath } from '../wire/pulse/common.ts';

/** A request by which a device asks what to do, or tells how it goes. */
type Visit = { readonly kind: 'poll' | 'report'; readonly protocol: string };
type Row = readonly [base: string, route: { readonly method: string; readonly path: string }];

const rows = (kind: Visit['kind'], protocol: string, of: readonly Row[]): readonly [string, Visit][] =>
  of.map(([base, { method, path }]) => [`${method} ${base}${path}`, { kind, protocol }]);

/** Gateways may end a path with a slash. */
const eitherWay = (route: Row[1]): readonly Row[] => [
  [pulsePath, route],
  [pulsePath, { ...route, path: `${route.path}/` }],
];

/** By method and route. Devices that others speak for come over the Muster API. */
export const deviceVisits: ReadonlyMap<string, Visit> = new Map([
  ...rows('poll', 'ddi', [[ddiPath, ddiRoutes.poll]]),
  ...rows('report', 'ddi', [
    [ddiPath, ddiRoutes.postDeploymentFeedback],
    [ddiPath, ddiRoutes.postCancelFeedback],
    [ddiPath, ddiRoutes.postConfirmationFeedback],
  ]),
  ...rows('poll', 'gateway', eitherWay(agentRoutes.pollCommands)),
  ...rows('report', 'gateway', eitherWay(agentRoutes.reportCommands)),
  // One of the messages of a session asks, the others tell.
  ...rows('poll', 'oma-dm', [['', { method: 'POST', path: '/dm/:account' }]]),
  ...rows('report', 'oma-dm', [['', { method: 'POST', path: '/dm/:account/:token' }]]),
  ...rows('poll', 'muster', [[musterPath, routes.checkIn]]),
  ...rows('report', 'muster', [[musterPath, routes.reportUpdate]]),
]);

/** The route of live streams. */
export const streamRoute = `${musterPath}${routes.openStream.path}`;
