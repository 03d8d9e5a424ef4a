/** Letters, digits and signs that ids have: no blank, no operator. */
const isWord = (text: string): boolean => /^[\p{L}\p{N}._:@+~-]+$/u.test(text);

/** What somebody types as a device query: a mere word is looked for in ids and names. */
export const queryOf = (typed: string): string => {
  const text = typed.trim();
  return isWord(text) ? `id contains "${text}" or name contains "${text}"` : text;
};
