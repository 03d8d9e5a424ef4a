import { queryRoutes } from './queries.ts';

/** Everything below this path is the Muster API. */
export const basePath = '/api/v1';

/** Every operation of the Muster API, by name. */
export const routes = {
  ...queryRoutes,
};
export type Routes = typeof routes;
export type RouteName = keyof Routes;
