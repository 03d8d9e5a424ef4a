import type { Api, Reply } from './api.ts';

export const OCTETS = { 'content-type': 'application/octet-stream' };

export type UploadOptions = {
  readonly as?: string;
  readonly account?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Uploads bytes as a raw body; the query says what they are. */
export const upload = (
  api: Api,
  bytes: Uint8Array | string,
  query: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
  { headers = {}, ...options }: UploadOptions = {},
): Promise<Reply> => {
  const pairs = Array.isArray(query) ? query : Object.entries(query);
  return api.call('POST', `/packages?${new URLSearchParams(pairs.map(([name, value]) => [name, value]))}`, {
    ...options,
    body: Buffer.from(bytes),
    headers: { ...OCTETS, ...headers },
  });
};

/** A form as a client writes it: parts in the order given, a part with bytes under the file name. */
export const formOf = async (
  parts: readonly (readonly [
    name: string,
    value: string | Uint8Array<ArrayBuffer>,
    fileName?: string,
    type?: string,
  ])[],
): Promise<{ readonly body: Buffer; readonly headers: { readonly 'content-type': string } }> => {
  const form = new FormData();
  for (const [name, value, fileName, type = 'application/octet-stream'] of parts) {
    if (fileName === undefined && typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([value], { type }), fileName ?? 'blob');
  }
  const request = new Request('http://localhost/', { method: 'POST', body: form });
  return {
    body: Buffer.from(await request.arrayBuffer()),
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
  };
};
