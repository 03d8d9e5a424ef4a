import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const directory = fileURLToPath(new URL('../../node_modules/.cache/muster', import.meta.url));

/**
 * Has modules that are loaded from here on come compiled, which halves the time to start. Where the directory
 * cannot be written to, they are compiled at each start.
 */
export const loadModulesCompiled = (): void => {
  enableCompileCache(directory);
};
