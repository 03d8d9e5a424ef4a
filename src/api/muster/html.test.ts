import { describe, expect, it } from 'vitest';
import { html, none, prose } from './html.ts';

describe('html', () => {
  it('escapes text and keeps HTML', () => {
    const text = `<script>"&'</script>`;
    expect(html`<p title="${text}">${html`<b>${1}</b>`}${none}${[html`<i>`, html`${text}`]}</p>`.html).toBe(
      '<p title="&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;"><b>1</b><i>&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;</p>',
    );
  });
});

describe('prose', () => {
  it('makes paragraphs and code', () => {
    expect(prose('One `a<b` here.\n\nTwo.').html).toBe('<p>One <code>a&lt;b</code> here.</p>\n<p>Two.</p>');
  });
});
