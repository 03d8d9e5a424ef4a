import { enableCompileCache } from 'node:module';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

// Commands are registered in `program.ts`. Modules that are loaded from here on come compiled.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/muster', import.meta.url)));
const [{ readCliEnv }, { exitCodes }, { run }] = await Promise.all([
  import('./env.ts'),
  import('./exit-codes.ts'),
  import('./run.ts'),
]);

const { stdin, stdout, stderr } = process;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
// Whoever waits for input waits no longer.
stop.signal.addEventListener('abort', () => stdin.destroy());
// `muster device list | head` closes the pipe early, which is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const ending = await run(process.argv.slice(2), {
  out: (text) => void stdout.write(text),
  sink: () => new Writable({ write: (chunk, _, done) => void stdout.write(chunk, done) }),
  err: (text) => void stderr.write(text),
  stdin,
  env: readCliEnv(),
  terminal: { out: stdout.isTTY === true, err: stderr.isTTY === true, columns: stdout.columns ?? 80 },
  signal: stop.signal,
});
process.exitCode = exitCodes[ending].code;
