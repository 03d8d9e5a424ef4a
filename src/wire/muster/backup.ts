import Type from 'typebox';
import { exact } from './common.ts';
import { routeTable } from './route.ts';

export const backupRoutes = routeTable({
  makeBackup: {
    method: 'GET',
    path: '/backup',
    access: 'Administer Server',
    tag: 'Server',
    summary: 'Download a backup of the whole server',
    description:
      'All accounts and the bytes of their packages, as they are at one instant, as a tar that `muster restore` reads. ' +
      'A connection that breaks off leaves a file that is refused. With `key`, the file holds the key too, and opens ' +
      'every secret that devices share with this server: keep it accordingly.',
    query: exact({
      key: Type.Optional(Type.Boolean({ default: false, description: 'Put the key into the file.' })),
    }),
    status: 200,
    replies: 'application/x-tar',
  },
});
