// Run as a child: s3rver, an S3-compatible server from npm, over a directory. Prints its port. It knows neither conditional
// writes nor the sweep of multipart uploads, and shows half-written objects: what S3 does there is added here, from the
// documentation of the API. Plain JavaScript, since s3rver has no types.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { access, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import v4 from '@20minutes/s3rver/lib/signature/v4.js';

const [directory = '', bucket = '', port = '0'] = process.argv.slice(2);
const server = new S3rver({
  ...{ directory, port: Number(port), address: '127.0.0.1', silent: true, vhostBuckets: false },
  configureBuckets: [{ name: bucket, configs: [] }],
});
const { store } = server;
const requests = new AsyncLocalStorage();
const uploadsIn = store.getResourcePath(bucket, undefined, 'uploads');

const refuse = (ctx, status, code) => {
  ctx.status = status;
  ctx.type = 'application/xml';
  ctx.body = `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
};

/** Clients sign the path as they send it, with the slash after the bucket, and encode more than `encodeURIComponent`. */
const { getStringToSign } = v4;
v4.getStringToSign = (canonical, request) => {
  const slash = requests.getStore()?.path === `${canonical.uri}/` ? '/' : '';
  const code = (text) => `%${text.charCodeAt(0).toString(16).toUpperCase()}`;
  const querystring = canonical.querystring.replace(/[!'()*]/g, code);
  return getStringToSign({ ...canonical, querystring, uri: `${canonical.uri}${slash}` }, request);
};

const isThere = (path) =>
  access(path).then(
    () => true,
    () => false,
  );

/** What the parent asks for is done to the next large content, and this service does not notice. */
let spoil;
process.on('message', (kind) => {
  spoil = kind;
});
// Nobody is left who could end it.
process.once('disconnect', () => process.exit());
const spoilers = {
  truncate: (draft, size) => truncate(draft, size - 1),
  flip: async (draft, size) => {
    const bytes = await readFile(draft);
    bytes[Math.floor(size / 2)] ^= 1;
    await writeFile(draft, bytes);
  },
};
const LARGE = 1000;

/** Bytes are whole and have their Content-MD5, or are not there. */
const putContent = store.putContent.bind(store);
let drafts = 0;
store.putContent = async (path, content) => {
  const draft = `${path}.${drafts++}.draft`;
  const expected = requests.getStore()?.get('content-md5');
  try {
    const [size, md5] = await putContent(draft, content);
    if (spoil && size > LARGE) {
      await spoilers[spoil](draft, size);
      spoil = undefined;
      await rename(draft, path);
      return [
        size,
        createHash('md5')
          .update(await readFile(path))
          .digest('hex'),
      ];
    }
    if (expected && Buffer.from(md5, 'hex').toString('base64') !== expected) {
      throw Object.assign(new Error('BadDigest'), { digest: true });
    }
    await rename(draft, path);
    return [size, md5];
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};

/** The ETag of what came in parts is that of their MD5 sums, and each has to be the one that was answered. */
const putObjectMultipart = store.putObjectMultipart.bind(store);
store.putObjectMultipart = async (name, uploadId, parts) => {
  const sums = await Promise.all(
    parts.map(({ number }) => readFile(join(uploadsIn, uploadId, `${number}.md5`), 'utf8')),
  );
  if (sums.some((md5, index) => md5 !== parts[index].etag)) throw new Error('InvalidPart');
  const key = await readFile(join(uploadsIn, uploadId, 'key'), 'utf8');
  const { size } = await putObjectMultipart(name, uploadId, parts);
  const md5 = `${createHash('md5')
    .update(Buffer.from(sums.join(''), 'hex'))
    .digest('hex')}-${parts.length}`;
  await store.putMetadata(name, key, await store.getMetadata(name, key), md5);
  return { size, md5 };
};

const listUploads = async (ctx) => {
  const found = [];
  for (const id of await readdir(uploadsIn).catch(() => [])) {
    const file = join(uploadsIn, id, 'key');
    const [key, { mtime }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    if (!key.startsWith(ctx.query.prefix ?? '')) continue;
    found.push(
      `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${mtime.toISOString()}</Initiated></Upload>`,
    );
  }
  ctx.type = 'application/xml';
  ctx.body = `<?xml version="1.0"?>\n<ListMultipartUploadsResult><Bucket>${bucket}</Bucket><IsTruncated>false</IsTruncated>${found.join('')}</ListMultipartUploadsResult>`;
};

const abortUpload = async (ctx) => {
  const folder = join(uploadsIn, ctx.query.uploadId);
  if (!(await isThere(folder))) return refuse(ctx, 404, 'NoSuchUpload');
  await rm(folder, { recursive: true, force: true });
  ctx.status = 204;
};

server.middleware.unshift(async (ctx, next) => {
  const [name, ...rest] = decodeURIComponent(ctx.path).slice(1).split('/');
  const key = rest.join('/');
  if (ctx.method === 'GET' && key === '' && 'uploads' in ctx.query) return listUploads(ctx);
  if (ctx.method === 'DELETE' && 'uploadId' in ctx.query) return abortUpload(ctx);
  const isNew = ctx.get('if-none-match') === '*' && ctx.method !== 'GET';
  if (isNew && (await isThere(store.getResourcePath(name, key, 'object')))) {
    return refuse(ctx, 412, 'PreconditionFailed');
  }
  await requests.run(ctx, next);
});

// A digest that differs is the client's fault; s3rver has no word for it.
server.middleware.unshift(async (ctx, next) => {
  const { onerror } = ctx;
  ctx.onerror = (error) => {
    if (!error?.digest) return onerror.call(ctx, error);
    ctx.res.writeHead(400, { 'content-type': 'application/xml' });
    ctx.res.end('<?xml version="1.0"?>\n<Error><Code>BadDigest</Code></Error>');
  };
  await next();
});

const { port: listening } = await server.run();
console.log(JSON.stringify({ port: listening }));
