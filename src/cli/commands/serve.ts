import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Register } from '../program.ts';
import { serverArgs } from '../server-args.ts';

type Options = { readonly data?: string; readonly host?: string; readonly port?: string };

/** The server in a process of its own, with the settings of the environment (docs/config.md). */
export const registerServe: Register = (program, io) => {
  program
    .command('serve')
    .description('start a server; settings come from the environment (docs/config.md)')
    .option('--data <directory>', 'MUSTER_DATA')
    .option('--host <address>', 'MUSTER_HOST')
    .option('--port <port>', 'MUSTER_PORT')
    .action(async ({ data, host, port }: Options) => {
      const env = {
        ...io.env.forServer,
        ...(data !== undefined && { MUSTER_DATA: data }),
        ...(host !== undefined && { MUSTER_HOST: host }),
        ...(port !== undefined && { MUSTER_PORT: port }),
      };
      const child = spawn(process.execPath, serverArgs, { env, stdio: 'inherit' });
      // A terminal sends Ctrl-C to both; a second signal of the same kind does no harm.
      const stop = (): void => void child.kill('SIGTERM');
      io.signal.addEventListener('abort', stop);
      const [code] = await once(child, 'exit');
      io.signal.removeEventListener('abort', stop);
      if (code !== 0) io.endWith('failed');
    });
};
