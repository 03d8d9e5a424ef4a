import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Range } from '../app/blobs.ts';
import type { Instant } from '../domain/time.ts';
import { isMissing, isRefused, isUnconditional } from './s3-errors.ts';

/** Where a bucket is, and who may use it. */
export type S3Place = {
  readonly bucket: string;
  readonly region: string;
  /** Of services other than AWS. */
  readonly endpoint?: string | undefined;
  /** Whether the bucket is in the path of its URLs, not in the host. */
  readonly pathStyle: boolean;
  /** Without, they are found as other programs for AWS find them. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Milliseconds without a byte after which a request is tried again. */
  readonly silence?: number | undefined;
  /** How often a request is made at most. */
  readonly tries?: number | undefined;
};

export type Head = { readonly size: number; readonly etag: string; readonly storedAt: Instant };
export type Part = { readonly number: number; readonly etag: string };
export type Listed = { readonly key: string; readonly storedAt: Instant };
export type ListedUpload = { readonly key: string; readonly uploadId: string; readonly begunAt: Instant };

/** MD5 as hex; `fresh` lets the write fail where there is such an object already. */
export type Body = { readonly bytes: Uint8Array; readonly md5: string; readonly fresh?: boolean };

const SILENCE = 30_000;
const TO_CONNECT = 5_000;
const SOCKETS = 128;
const TRIES = 4;

const plainTag = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '').toLowerCase();
const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

const createClient = ({ silence = SILENCE, tries = TRIES, ...place }: S3Place): S3Client => {
  const { region, endpoint, pathStyle, credentials } = place;
  const agent = { keepAlive: true, maxSockets: SOCKETS };
  const client = new S3Client({
    ...{ region, forcePathStyle: pathStyle, maxAttempts: tries },
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    // Content-MD5 is known to every service; newer checksums are not.
    ...{ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
    requestHandler: {
      ...{ connectionTimeout: TO_CONNECT, socketTimeout: silence },
      ...{ httpAgent: agent, httpsAgent: agent },
    },
  });
  // The bytes are told by their signed MD5: a SHA-256 of every part would be made on the event loop.
  client.middlewareStack.add(
    (next) => (given) => {
      const { request } = given as { request: { headers: Record<string, string> } };
      if ('content-md5' in request.headers) request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
      return next(given);
    },
    { step: 'build', name: 'unsignedPayload', priority: 'low' },
  );
  return client;
};

/** Copies what comes to where it belongs; answers how much that was. Throws when it is more. */
const collect = async (body: AsyncIterable<Uint8Array>, target: Uint8Array): Promise<number> => {
  let filled = 0;
  for await (const piece of body) {
    if (filled + piece.length > target.length)
      throw new Error('the object store sent more than was asked for');
    target.set(piece, filled);
    filled += piece.length;
  }
  return filled;
};

/** A bucket: what is asked of an S3-compatible service. Throws the errors of the service (`s3-errors.ts`). */
export const openBucket = (place: S3Place) => {
  const client = createClient(place);
  const { bucket: Bucket, tries: most = TRIES } = place;
  let conditional = true;
  const condition = (fresh: boolean | undefined) => (fresh && conditional ? { IfNoneMatch: '*' } : {});

  /** Some services have no conditional writes: what they would refuse is then written again, which is the same bytes. */
  const unlessUnconditional = async <Value>(write: () => Promise<Value>): Promise<Value> => {
    try {
      return await write();
    } catch (error) {
      if (!conditional || !isUnconditional(error)) throw error;
      conditional = false;
      return write();
    }
  };

  const getOnce = async (Key: string, { start, end }: Range, target: Uint8Array): Promise<number> => {
    const answer = await client.send(
      new GetObjectCommand({ Bucket, Key, Range: `bytes=${start}-${end - 1}` }),
    );
    // In Node it is a stream.
    return collect(answer.Body as unknown as AsyncIterable<Uint8Array>, target);
  };

  const listPage = (Prefix: string, token: string | undefined) =>
    client.send(
      new ListObjectsV2Command({ Bucket, Prefix, ...(token !== undefined && { ContinuationToken: token }) }),
    );

  const uploadsPage = (Prefix: string, after: object) =>
    client.send(new ListMultipartUploadsCommand({ Bucket, Prefix, ...after }));

  return {
    /** Throws when the bucket is not there, or not for us. */
    check: async () => void (await client.send(new HeadBucketCommand({ Bucket }))),

    head: async (Key: string): Promise<Head | undefined> => {
      try {
        const found = await client.send(new HeadObjectCommand({ Bucket, Key }));
        const storedAt = found.LastModified?.getTime() ?? 0;
        return { size: found.ContentLength ?? 0, etag: plainTag(found.ETag), storedAt };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },

    /** Fills the target from a position on: all of it, or it throws. A reply that breaks off is asked for again. */
    fill: async (key: string, target: Uint8Array, position: number): Promise<void> => {
      let filled = 0;
      for (let tries = 1; filled < target.length; tries += 1) {
        const range = { start: position + filled, end: position + target.length };
        try {
          filled += await getOnce(key, range, target.subarray(filled));
          if (filled < target.length && tries >= most) throw new Error('the object store sends too little');
        } catch (error) {
          if (tries >= most || isMissing(error) || isRefused(error)) throw error;
        }
      }
    },

    /** A small object as a whole; undefined when it is not there. */
    whole: async (Key: string): Promise<Buffer | undefined> => {
      try {
        const answer = await client.send(new GetObjectCommand({ Bucket, Key }));
        return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },

    put: (Key: string, { bytes, md5, fresh }: Body): Promise<string> =>
      unlessUnconditional(async () => {
        const put = { Bucket, Key, Body: bytes, ContentMD5: base64(md5), ContentLength: bytes.length };
        const { ETag } = await client.send(new PutObjectCommand({ ...put, ...condition(fresh) }));
        return plainTag(ETag);
      }),

    begin: async (Key: string): Promise<string> => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      if (UploadId === undefined) throw new Error('the object store has begun no upload');
      return UploadId;
    },

    putPart: async (
      Key: string,
      UploadId: string,
      PartNumber: number,
      { bytes, md5 }: Body,
      abortSignal: AbortSignal,
    ): Promise<Part> => {
      const part = { Bucket, Key, UploadId, PartNumber, Body: bytes, ContentLength: bytes.length };
      const command = new UploadPartCommand({ ...part, ContentMD5: base64(md5) });
      const { ETag = '' } = await client.send(command, { abortSignal });
      return { number: PartNumber, etag: ETag };
    },

    complete: (Key: string, UploadId: string, parts: readonly Part[], fresh: boolean): Promise<string> =>
      unlessUnconditional(async () => {
        const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
        const upload = { Bucket, Key, UploadId, MultipartUpload: { Parts } };
        const { ETag } = await client.send(
          new CompleteMultipartUploadCommand({ ...upload, ...condition(fresh) }),
        );
        return plainTag(ETag);
      }),

    /** No error when there is no such upload. */
    abort: async (Key: string, UploadId: string): Promise<void> => {
      try {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },

    remove: async (Key: string) => void (await client.send(new DeleteObjectCommand({ Bucket, Key }))),

    list: async function* (prefix: string): AsyncGenerator<Listed> {
      let token: string | undefined;
      do {
        const page: Awaited<ReturnType<typeof listPage>> = await listPage(prefix, token);
        for (const { Key: key = '', LastModified } of page.Contents ?? [])
          yield { key, storedAt: LastModified?.getTime() ?? 0 };
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },

    listUploads: async function* (prefix: string): AsyncGenerator<ListedUpload> {
      let after: object | undefined = {};
      do {
        const page: Awaited<ReturnType<typeof uploadsPage>> = await uploadsPage(prefix, after);
        for (const { Key: key = '', UploadId: uploadId = '', Initiated } of page.Uploads ?? [])
          yield { key, uploadId, begunAt: Initiated?.getTime() ?? 0 };
        const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
        after = page.IsTruncated ? { KeyMarker, UploadIdMarker } : undefined;
      } while (after !== undefined);
    },

    sign: (Key: string, seconds: number, { type, disposition }: { type: string; disposition: string }) =>
      getSignedUrl(
        client,
        new GetObjectCommand({
          ...{ Bucket, Key, ResponseContentType: type, ResponseContentDisposition: disposition },
        }),
        { expiresIn: seconds },
      ),

    close: () => client.destroy(),
  };
};
export type Bucket = ReturnType<typeof openBucket>;
