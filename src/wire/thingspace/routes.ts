import { callbackRoutes } from './callbacks.ts';
import { campaignRoutes } from './campaigns.ts';
import { deviceRoutes } from './devices.ts';
import { fileRoutes } from './files.ts';
import { firmwareRoutes } from './firmware.ts';
import { licenseRoutes } from './licenses.ts';
import { loggingRoutes } from './logging.ts';
import { reportRoutes } from './reports.ts';
import { thingspaceRoutes } from './route.ts';
import { sessionRoutes } from './sessions.ts';
import { upgradeRoutes } from './upgrades.ts';

/** Every operation, by name: that of the SDK's method, with the version of the API where several have one. */
export const routes = thingspaceRoutes({
  ...sessionRoutes,
  ...callbackRoutes,
  ...licenseRoutes,
  ...fileRoutes,
  ...firmwareRoutes,
  ...deviceRoutes,
  ...loggingRoutes,
  ...campaignRoutes,
  ...upgradeRoutes,
  ...reportRoutes,
});
