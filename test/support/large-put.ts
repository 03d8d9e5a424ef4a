// Run as a child: puts a blob of tiny pieces and prints the peak memory of the process in MiB.
import { openDiskBlobs } from '../../src/blobs/disk.ts';
import { peakMemory } from './peak-memory.ts';

const [directory = '', size = '0', piece = '1'] = process.argv.slice(2);
const blobs = await openDiskBlobs(directory);
const bytes = Buffer.alloc(Number(piece), 7);

async function* source() {
  for (let sent = 0; sent < Number(size); sent += bytes.length) yield bytes;
}

await blobs.put(source(), Number.POSITIVE_INFINITY);
await blobs.close();
console.log(peakMemory());
