import { UnfinishedRestore } from './backup/marker.ts';
import { loadModulesCompiled } from './compiled.ts';
import { ConfigError, configFromEnv } from './config.ts';
import { readEnv } from './env.ts';

const run = async (): Promise<void> => {
  loadModulesCompiled();
  const [{ pino }, { startServer }] = await Promise.all([import('pino'), import('./server.ts')]);
  const config = configFromEnv(readEnv());
  const logger = pino({ level: config.log.level, redact: ['req.headers.authorization'] });
  const server = await startServer(config, logger, (password) => {
    console.log(`\n  Administrator ${config.admin.email}, password ${password}`);
    console.log('  Shown this once. Sign in and change it.\n');
  });
  logger.info({ url: server.url }, 'ready');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logger.info({ signal }, 'stopping');
      server.stop().then(
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
  error instanceof Error && 'syscall' in error && error.syscall === 'listen';

run().catch((error: unknown) => {
  if (error instanceof ConfigError || error instanceof UnfinishedRestore) console.error(error.message);
  else if (cannotListen(error)) console.error(`cannot ${error.message}; see MUSTER_HOST and MUSTER_PORT`);
  else console.error(error);
  process.exitCode = 1;
});
