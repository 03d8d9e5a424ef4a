import { openDiskBlobs } from '../../src/blobs/disk.ts';

/** Reads a blob, and prints how many bytes it has; run by itself, under a limit on the size of files. */
const [directory = '', sha256 = ''] = process.argv.slice(2);
const blobs = await openDiskBlobs(directory);
let bytes = 0;
for await (const piece of blobs.open(sha256)) bytes += piece.length;
await blobs.close();
console.log(JSON.stringify({ bytes }));
