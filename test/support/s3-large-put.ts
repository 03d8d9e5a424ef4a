// Run as a child: puts a blob of so many bytes into an object store, reads it again, and prints the peak memory of the
// process in MiB, with what a second took in MiB each way.
import { openS3Blobs, type S3Options } from '../../src/blobs/s3.ts';
import { peakMemory } from './peak-memory.ts';

const MIB = 1024 * 1024;
const [options = '{}', size = '0'] = process.argv.slice(2);
const given: S3Options = JSON.parse(options);
const blobs = openS3Blobs(given);
const piece = Buffer.alloc(64 * 1024, 7);

async function* source() {
  for (let sent = 0; sent < Number(size); sent += piece.length) {
    piece.writeUInt32LE(sent / piece.length);
    yield piece;
  }
}

const perSecond = (began: number): number =>
  Math.round(Number(size) / MIB / ((performance.now() - began) / 1000));
const began = performance.now();
const put = await blobs.put(source(), Number.POSITIVE_INFINITY);
if (!put.ok) throw new Error(put.refusal.code);
const written = perSecond(began);
const peak = peakMemory();
const reading = performance.now();
let taken = 0;
await blobs.pour(put.value.sha256, { start: 0, end: Number(size) }, async (bytes) => {
  taken += bytes.length;
});
console.log(JSON.stringify({ peak, peakRead: peakMemory(), written, read: perSecond(reading), taken }));
await blobs.close();
