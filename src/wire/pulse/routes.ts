import { callbackRoutes } from './callbacks.ts';
import { campaignRoutes } from './campaigns.ts';
import { deviceCredentialRoutes } from './device-credentials.ts';
import { deviceTemplateRoutes } from './device-templates.ts';
import { deviceRoutes } from './devices.ts';
import { filterRoutes } from './filters.ts';
import { gatewayRoutes } from './gateways.ts';
import { destinationRoutes } from './notification-destinations.ts';
import { notificationRoutes } from './notifications.ts';
import { organizationRoutes } from './organizations.ts';
import { groupRoutes, peopleRoutes } from './people.ts';
import { programRoutes } from './programs.ts';
import { pulseRoutes } from './route.ts';
import { sessionRoutes } from './sessions.ts';

/** Every operation of the operators' side, by name. */
export const routes = pulseRoutes({
  ...sessionRoutes,
  ...organizationRoutes,
  ...peopleRoutes,
  ...groupRoutes,
  ...destinationRoutes,
  ...notificationRoutes,
  ...programRoutes,
  ...campaignRoutes,
  ...gatewayRoutes,
  ...callbackRoutes,
  ...deviceRoutes,
  ...deviceTemplateRoutes,
  ...deviceCredentialRoutes,
  ...filterRoutes,
});
