import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';

/** A file server on the files of a directory; `undefined` where nginx is not installed. */
export const startNginx = async (
  directory: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> } | undefined> => {
  if (spawnSync('nginx', ['-v']).error !== undefined) return undefined;
  const port = await freePort();
  await mkdir(join(directory, 'logs'), { recursive: true });
  const file = join(directory, 'nginx.conf');
  await writeFile(file, configuration(directory, port));
  const child = spawn('nginx', ['-p', directory, '-c', file, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  await untilOpen(port);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      process.off('exit', kill);
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
};

// One worker, as there is one process of ours; the user of the bench owns the files.
const configuration = (directory: string, port: number): string => `
  ${process.getuid?.() === 0 ? 'user root;' : ''}
  daemon off;
  worker_processes 1;
  pid ${join(directory, 'nginx.pid')};
  events {}
  http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    server { listen 127.0.0.1:${port}; root ${directory}; }
  }`;

const untilOpen = async (port: number): Promise<void> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const opened = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (opened) return;
    await sleep(50);
  }
  throw new Error('nginx did not start');
};
