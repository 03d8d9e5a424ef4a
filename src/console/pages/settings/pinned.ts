/** A part of a record as somebody saw it, and the revision of the whole that it was read from. */
export type Pinned<Part> = { readonly part: Part; readonly revision: number };

/**
 * The revision that a change of a part names: that of now where only other parts have changed since, else the one that
 * was seen, so that the server refuses to overwrite what nobody has looked at.
 */
export const revisionFor = <Part>(was: Pinned<Part>, now: Pinned<Part>): number =>
  JSON.stringify(was.part) === JSON.stringify(now.part) ? now.revision : was.revision;
