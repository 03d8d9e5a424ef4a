// Run as a child with a file-size limit: puts more than fits, then what fits, and prints what became of both. The first argument
// is a directory, or the options of an object store as JSON.
import { Readable } from 'node:stream';
import { openDiskBlobs } from '../../src/blobs/disk.ts';
import { openS3Blobs } from '../../src/blobs/s3.ts';

const [place = '', tooMuch = '0', enough = '0'] = process.argv.slice(2);
const blobs = place.startsWith('{') ? openS3Blobs(JSON.parse(place)) : await openDiskBlobs(place);
const put = (size: number) =>
  blobs.put(
    Readable.from(Array.from({ length: size / 65_536 }, () => Buffer.alloc(65_536, 7))),
    Number.POSITIVE_INFINITY,
  );

const outcomes = [await put(Number(tooMuch)), await put(Number(enough))];
await blobs.close();
console.log(JSON.stringify(outcomes));
