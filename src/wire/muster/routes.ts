import { accountRoutes } from './accounts.ts';
import { auditRoutes } from './audit.ts';
import { backupRoutes } from './backup.ts';
import { campaignRoutes } from './campaigns.ts';
import { credentialRoutes } from './credentials.ts';
import { deliveryRoutes } from './deliveries.ts';
import { destinationRoutes } from './destinations.ts';
import { deviceTagRoutes } from './device-tags.ts';
import { deviceRoutes } from './devices.ts';
import { eventRoutes } from './events.ts';
import { memberRoutes } from './members.ts';
import { packageRoutes } from './packages.ts';
import { queryRoutes } from './queries.ts';
import { reportRoutes } from './report.ts';
import { roleRoutes } from './roles.ts';
import { rolloutRoutes } from './rollouts.ts';
import { serverRoutes } from './server.ts';
import { sessionRoutes } from './session.ts';
import { streamRoutes } from './stream.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { tokenRoutes } from './tokens.ts';
import { uploadRoutes } from './uploads.ts';
import { userRoutes } from './users.ts';

/** Everything below this path is the Muster API. */
export const basePath = '/api/v1';

/** Every operation of the Muster API, by name. */
export const routes = {
  ...sessionRoutes,
  ...campaignRoutes,
  ...memberRoutes,
  ...reportRoutes,
  ...rolloutRoutes,
  ...packageRoutes,
  ...uploadRoutes,
  ...deviceRoutes,
  ...deviceTagRoutes,
  ...credentialRoutes,
  ...queryRoutes,
  ...eventRoutes,
  ...auditRoutes,
  ...streamRoutes,
  ...destinationRoutes,
  ...subscriptionRoutes,
  ...deliveryRoutes,
  ...accountRoutes,
  ...userRoutes,
  ...roleRoutes,
  ...tokenRoutes,
  ...backupRoutes,
  ...serverRoutes,
};
export type Routes = typeof routes;
export type RouteName = keyof Routes;
