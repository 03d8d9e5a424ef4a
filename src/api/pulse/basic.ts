const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Clients of old write the bytes of Latin-1, which are hardly ever UTF-8 by chance. */
const textOf = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
};

/** User name and password of an Authorization header; `undefined` when it has another form. */
export const basicCredentials = (
  authorization: string | undefined,
): { readonly email: string; readonly password: string } | undefined => {
  const encoded = /^Basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = textOf(Buffer.from(encoded, 'base64'));
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { email: text.slice(0, colon), password: text.slice(colon + 1) };
};
