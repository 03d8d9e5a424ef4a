/** More differences than this and two words are not the same word misspelt. */
const FARTHEST = 4;

/** The candidate with the fewest single-letter edits from `word`, when it is near enough to be meant. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= FARTHEST ? best.candidate : undefined;
};

/** Levenshtein distance, one row of the matrix at a time. */
const editDistance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const letter of from) row = nextRow(row, letter, to);
  return row.at(-1) ?? 0;
};

const nextRow = (above: readonly number[], letter: string, to: string): number[] => {
  const row = [(above[0] ?? 0) + 1];
  for (let column = 1; column < above.length; column += 1) {
    const substituted = (above[column - 1] ?? 0) + (to[column - 1] === letter ? 0 : 1);
    row.push(Math.min(substituted, (above[column] ?? 0) + 1, (row[column - 1] ?? 0) + 1));
  }
  return row;
};
