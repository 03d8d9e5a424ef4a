import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildServer } from './build-server.ts';

const main = fileURLToPath(new URL('main.js', import.meta.url));

/** Starts a server on nothing and ends it: what it has loaded is kept compiled. */
const startOnce = async (): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-precompile-'));
  try {
    const child = spawn(process.execPath, ['--no-warnings', main], {
      env: {
        MUSTER_DATA: directory,
        MUSTER_HOST: '127.0.0.1',
        MUSTER_PORT: '0',
        MUSTER_ADMIN_PASSWORD: directory,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      // An install is not to wait for ever for what only makes starts quicker.
      timeout: 60_000,
    });
    const closed = once(child, 'close');
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"msg":"ready"')) child.kill('SIGTERM');
    });
    await closed;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

// Runs once after an install, so that the first start is as fast as every other, and takes no more room.
await buildServer();
await startOnce();
