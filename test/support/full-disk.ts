// Run as a child with a file-size limit: puts more than fits, then what fits, and prints what became of both.
import { Readable } from 'node:stream';
import { openDiskBlobs } from '../../src/blobs/disk.ts';

const [directory = '', tooMuch = '0', enough = '0'] = process.argv.slice(2);
const blobs = await openDiskBlobs(directory);
const put = (size: number) =>
  blobs.put(
    Readable.from(Array.from({ length: size / 65_536 }, () => Buffer.alloc(65_536, 7))),
    Number.POSITIVE_INFINITY,
  );

const outcomes = [await put(Number(tooMuch)), await put(Number(enough))];
await blobs.close();
console.log(JSON.stringify(outcomes));
