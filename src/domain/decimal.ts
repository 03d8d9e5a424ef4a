/** So many digits on each side that every engine reads them as the same double. */
const FORM = /^-?[0-9]{1,15}(?:\.[0-9]{1,15})?$/;

/** The number that a text stands for, such as `12`, `-3` or `0.5`; `undefined` for any other text. */
export const readDecimal = (text: string): number | undefined => (FORM.test(text) ? Number(text) : undefined);
