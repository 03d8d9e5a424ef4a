/**
 * A bearer secret is `muster_<id>_<secret>_<check>`: the id finds its record, the secret proves it, the check
 * lets scanners tell a real one from a look-alike. Ids are 12 and secrets 43 characters of base64url; the
 * check is 6 hex digits of the SHA-256 of what stands before it.
 */
const form = /^muster_([A-Za-z0-9-]{12})_([A-Za-z0-9_-]{43})_([0-9a-f]{6})$/;

/** The parts of a well-formed secret. */
export const readSecret = (text: string): { readonly id: string } | undefined => {
  const match = text.length > 128 ? null : form.exec(text);
  return match?.[1] === undefined ? undefined : { id: match[1] };
};

/** A new secret and the id by which its record is found. */
export const newSecret = (
  ids: { secret(bytes: number): string },
  hashing: { sha256(text: string): string },
): { readonly id: string; readonly secret: string } => {
  const id = ids.secret(9).replaceAll('_', '-');
  const body = `muster_${id}_${ids.secret(32)}`;
  return { id, secret: `${body}_${hashing.sha256(body).slice(0, 6)}` };
};
