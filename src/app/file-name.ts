const LONGEST = 200;

/** Control characters, and those that turn the direction of text so that a name reads as another one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]/g;

/** Names that Windows takes for devices, with any extension. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?=\.|$)/i;

/**
 * A client's file name made harmless for whoever saves a file under it: the last part of a path, without
 * control and direction characters, at most 200 characters (the end is kept, for the extension), no device
 * of Windows. Empty when nothing is left. Muster itself makes no path of it.
 */
export const safeFileName = (given: string): string => {
  const last = given.toWellFormed().replace(HIDDEN, '').split(/[/\\]/).at(-1) ?? '';
  const end = [...last].slice(-LONGEST).join('');
  const kept = end.replace(/[. ]+$/, '').trimStart();
  return RESERVED.test(kept) ? `_${kept}` : kept;
};

/** RFC 8187: what `filename*` may hold as it stands; `encodeURIComponent` leaves a few more. */
const encoded = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Content-Disposition that has the bytes saved under a name (RFC 6266), with a plain form for old clients. */
export const attachment = (fileName: string): string => {
  const plain = fileName.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded(fileName)}`;
};
