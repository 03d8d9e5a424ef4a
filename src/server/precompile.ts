import { flushCompileCache } from 'node:module';
import { useCompiledModules } from './compiled.ts';

// Runs once after an install, so that the first start is as fast as every other.
useCompiledModules();
await Promise.all([import('pino'), import('./server.ts'), import('../store/sqlite.ts')]);
flushCompileCache();
