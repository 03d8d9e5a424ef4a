// Plain JavaScript because each thread that strips types itself holds 10 MiB more. See digests.ts for the messages.
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';

const streams = new Map();

const hashesOf = (stream) => {
  const known = streams.get(stream);
  if (known !== undefined) return known;
  const fresh = workerData.map((algorithm) => createHash(algorithm));
  streams.set(stream, fresh);
  return fresh;
};

const digestsFor = ({ stream, bytes, last }) => {
  const hashes = hashesOf(stream);
  for (const hash of hashes) hash.update(bytes);
  if (!last) return [];
  streams.delete(stream);
  return hashes.map((hash) => hash.digest('hex'));
};

parentPort.on('message', (question) => {
  parentPort.postMessage({ id: question.id, digests: digestsFor(question) });
});
