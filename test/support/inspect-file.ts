// Run as a child: inspects one file and prints the outcome, the time it took and how much the process grew by it.
import { open } from 'node:fs/promises';
import { inspectArchive } from '../../src/blobs/iotcp.ts';
import { peakMemory } from './peak-memory.ts';

const [path = ''] = process.argv.slice(2);
const file = await open(path);
const { size } = await file.stat();
const read = async (position: number, length: number) => {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
};

const before = process.memoryUsage.rss();
const begin = performance.now();
const inspection = await inspectArchive({ size, read });
const milliseconds = performance.now() - begin;
const grownMib = peakMemory() - before / 1024 / 1024;
await file.close();
console.log(JSON.stringify({ inspection, milliseconds, grownMib }));
