import { spawnSync } from 'node:child_process';
import { flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { loadModulesCompiled } from './compiled.ts';

// Runs once after an install, so that the first start is as fast as every other, and takes no more room.
loadModulesCompiled();
await Promise.all([
  ...[import('pino'), import('./server.ts'), import('./lwm2m.ts')],
  ...[import('../store/sqlite.ts'), import('../store/postgres.ts')],
]);
flushCompileCache();
// Settings end this start once it has loaded what every start loads first.
const main = fileURLToPath(new URL('main.js', import.meta.url));
spawnSync(process.execPath, [main], { env: { MUSTER_PORT: 'none' }, stdio: 'ignore' });
