import { accountRoutes } from './accounts.ts';
import { campaignRoutes } from './campaigns.ts';
import { credentialRoutes } from './credentials.ts';
import { deviceRoutes } from './devices.ts';
import { eventRoutes } from './events.ts';
import { memberRoutes } from './members.ts';
import { packageRoutes } from './packages.ts';
import { queryRoutes } from './queries.ts';
import { roleRoutes } from './roles.ts';
import { sessionRoutes } from './session.ts';
import { tokenRoutes } from './tokens.ts';
import { userRoutes } from './users.ts';

/** Everything below this path is the Muster API. */
export const basePath = '/api/v1';

/** Every operation of the Muster API, by name. */
export const routes = {
  ...sessionRoutes,
  ...campaignRoutes,
  ...memberRoutes,
  ...packageRoutes,
  ...deviceRoutes,
  ...credentialRoutes,
  ...queryRoutes,
  ...eventRoutes,
  ...accountRoutes,
  ...userRoutes,
  ...roleRoutes,
  ...tokenRoutes,
};
export type Routes = typeof routes;
export type RouteName = keyof Routes;
