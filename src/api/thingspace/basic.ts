const utf8 = new TextDecoder('utf-8', { fatal: true });

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};

/** Key and secret of an Authorization header (RFC 7617); `undefined` when it has another form. */
export const basicCredentials = (
  authorization: string | undefined,
): { readonly key: string; readonly secret: string } | undefined => {
  const encoded = /^Basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(authorization ?? '')?.[1];
  const text = encoded === undefined ? undefined : textOf(Buffer.from(encoded, 'base64'));
  const colon = text?.indexOf(':') ?? -1;
  return text === undefined || colon < 0
    ? undefined
    : { key: text.slice(0, colon), secret: text.slice(colon + 1) };
};
