import Type, { type Static } from 'typebox';
import { Count, exact, Instant } from './common.ts';
import { routeTable } from './route.ts';

export const ServerInformation = exact({
  version: Type.String(),
  node: Type.String({ description: 'The version of Node.js it runs on.' }),
  url: Type.String({ description: 'Where clients reach this API.' }),
  now: { ...Instant, description: 'What the clock of the server says.' },
  limits: exact(
    {
      packageBytes: { ...Count, description: 'Of one package.' },
      importBytes: { ...Count, description: 'Of one import of devices.' },
      signInsPerMinute: { ...Count, description: 'From one address.' },
      failuresBeforeLock: { ...Count, description: 'Wrong passwords after which a person is locked out.' },
      lockSeconds: Count,
      sessionSeconds: { ...Count, description: 'For how long a session lasts.' },
    },
    { description: 'As the operator has set them; 0 is none.' },
  ),
});
export type ServerInformation = Static<typeof ServerInformation>;

export const serverRoutes = routeTable({
  getServer: {
    method: 'GET',
    path: '/server',
    access: 'signed-in',
    tag: 'Server',
    summary: 'What runs here, and what it allows',
    status: 200,
    reply: ServerInformation,
  },
});
