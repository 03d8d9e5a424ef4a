import { describe, expect, it } from 'vitest';
import { fillTemplate } from './template.ts';

const body = JSON.stringify({
  type: 'campaign-started',
  note: 'say "hi"\n\\ and \u2028',
  data: { seq: 12, campaign: { name: 'spring' }, device: null, tags: ['a', 'b'], done: true },
});

describe('a template', () => {
  it('has members of the body put in, also from further in', () => {
    expect(fillTemplate('{"text":"{{type}} of {{ data.campaign.name }}"}', body)).toBe(
      '{"text":"campaign-started of spring"}',
    );
  });

  it('has text escaped so that what comes of it is still JSON', () => {
    const filled = JSON.parse(fillTemplate('{"text":"{{note}}"}', body));
    expect(filled).toEqual({ text: 'say "hi"\n\\ and \u2028' });
  });

  it('has everything else put in as JSON', () => {
    const template = '[{{data.seq}},{{data.device}},{{data.tags}},{{data.done}},{{data.campaign}}]';
    expect(JSON.parse(fillTemplate(template, body))).toEqual([
      12,
      null,
      ['a', 'b'],
      true,
      { name: 'spring' },
    ]);
  });

  it('has nothing put in for what is not there or was only inherited', () => {
    for (const name of ['missing', 'type.length', 'constructor', 'data.__proto__', 'data.campaign.name.x']) {
      expect(fillTemplate(`<{{${name}}}>`, body), name).toBe('<>');
    }
  });

  it('is left alone where it holds no member', () => {
    for (const template of ['plain', '{{}}', '{{ }}', '{{a b}}', '{ {type} }', '{{{', '$& $1 $$']) {
      expect(fillTemplate(template, body)).toBe(template);
    }
  });

  it('does not take what was put in for a template', () => {
    expect(fillTemplate('{{a}}', '{"a":"{{b}} $&","b":"no"}')).toBe('{{b}} $&');
  });
});
