import { Writable } from 'node:stream';
import { readCliEnv } from './env.ts';
import { exitCodes } from './exit-codes.ts';
import { run } from './run.ts';

// Commands are registered in `program.ts`.
const { stdin, stdout, stderr } = process;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
/** `muster device list | head` closes the pipe early, which is no error. */
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
