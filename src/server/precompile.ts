import { flushCompileCache } from 'node:module';
import { loadModulesCompiled } from './compiled.ts';

// Runs once after an install, so that the first start is as fast as every other.
loadModulesCompiled();
await Promise.all([import('pino'), import('./server.ts'), import('../store/sqlite.ts')]);
flushCompileCache();
