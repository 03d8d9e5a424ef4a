/** Text that is HTML already; everything else is escaped where it is put in. */
export type Html = { readonly html: string };

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);

type Part = Html | string | number | readonly Html[];

const shown = (part: Part): string => {
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  return 'html' in part ? part.html : part.map(({ html }) => html).join('');
};

/** A template of HTML: what is put in is escaped unless it is HTML itself. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: strings.map((text, index) => text + shown(parts[index] ?? '')).join(''),
});

export const none: Html = { html: '' };

/** Text in which `backticks` mark code and empty lines part paragraphs. */
export const prose = (text: string): Html => ({
  html: text
    .split(/\n{2,}/)
    .map((paragraph) => html`<p>${inline(paragraph)}</p>`.html)
    .join('\n'),
});

const inline = (text: string): readonly Html[] =>
  text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
