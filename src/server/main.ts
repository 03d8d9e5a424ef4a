import cluster from 'node:cluster';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { BucketUnusable } from '../blobs/s3-errors.ts';
import { giveBackMemory } from '../store/give-back.ts';
import { UnfinishedRestore } from './backup/marker.ts';
import { loadModulesCompiled } from './compiled.ts';
import { type Config, ConfigError, configFromEnv } from './config.ts';
import { readEnv } from './env.ts';
import type { Fellows } from './fellows.ts';
import type { Server } from './server.ts';

/** Which of several workers this is; `undefined` where one process does all, and in the one that starts workers. */
const worker = cluster.isWorker ? Number(process.argv[2]) : undefined;

const run = async (): Promise<void> => {
  loadModulesCompiled();
  const { pino } = await import('pino');
  const config = configFromEnv(readEnv());
  const logger = pino({
    level: config.log.level,
    redact: ['req.headers.authorization'],
    ...(worker !== undefined && { base: { pid: process.pid, hostname: hostname(), worker } }),
  });
  if (config.workers > 1 && worker === undefined) return startAll(config, logger);
  return serve(config, logger);
};

const serve = async (config: Config, logger: Logger): Promise<void> => {
  const { openStore } = await import('./open-store.ts');
  // It opens while the wires are loaded here: its thread has modules of its own to load.
  const opening = openStore(config);
  // Whoever waits for it is told.
  opening.catch(() => undefined);
  const { startServer } = await import('./server.ts');
  const tellPassword = (password: string): void => {
    console.log(`\n  Administrator ${config.admin.email}, password ${password}`);
    console.log('  Shown this once. Sign in and change it.\n');
  };
  const start = (own: Config, fellows?: Fellows): Promise<Server> =>
    startServer(own, logger, tellPassword, {}, fellows, opening);
  if (worker === undefined) {
    const server = await start(config);
    logger.info({ url: server.url }, 'ready');
    stopOnSignals(logger, server.stop);
  } else {
    const { configOfWorker, fellowsOfWorker } = await import('./worker.ts');
    const server = await start(configOfWorker(config, worker), fellowsOfWorker(worker));
    logger.info({ url: server.url }, 'worker listens');
    stopOnSignals(logger, server.stop);
    process.send?.({ is: 'listening', url: server.url });
  }
  giveBackMemory();
};

const startAll = async ({ workers: count, http }: Config, logger: Logger): Promise<void> => {
  const { startWorkers } = await import('./workers.ts');
  const workers = await startWorkers({ count, patience: http.shutdownTimeout, log: logger });
  logger.info({ workers: count, url: workers.url }, 'ready');
  stopOnSignals(logger, async () => {
    if (!(await workers.stop())) throw new Error('a worker did not stop by itself');
  });
};

/** Whoever presses Ctrl-C reaches all processes, and then the first of them tells the others: to stop twice is to stop once. */
const stopOnSignals = (logger: Logger, stop: () => Promise<void>): void => {
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logger.info({ signal }, 'stopping');
      if (isStopping) return;
      isStopping = true;
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'did not stop cleanly');
          process.exit(1);
        },
      );
    });
  }
};

const cannotListen = (error: unknown): error is Error =>
  error instanceof Error && 'syscall' in error && ['listen', 'bind'].some((call) => call === error.syscall);

run().catch((error: unknown) => {
  const plain = [ConfigError, UnfinishedRestore, BucketUnusable];
  if (error instanceof Error && plain.some((kind) => error instanceof kind)) console.error(error.message);
  else if (cannotListen(error)) console.error(`cannot ${error.message}; see MUSTER_HOST and MUSTER_PORT`);
  else console.error(error);
  // A worker would be kept alive by its channel.
  if (worker === undefined) process.exitCode = 1;
  else process.exit(1);
});
