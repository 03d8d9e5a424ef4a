import { describe, expect, it } from 'vitest';
import { tagDone, tagRadius } from './tag-words.ts';

describe('a change of tags in words', () => {
  it('says what it does to how many devices', () => {
    expect(tagRadius({ add: ['lab', 'new'], remove: ['old'] }, 12_480)).toMatch(
      /^This adds “lab”, “new” to and takes “old” off 12,480 devices\. /,
    );
    expect(tagRadius({ add: [], remove: ['old'] }, 1)).toMatch(/^This takes “old” off one device\. /);
  });

  it('asks for a tag where there is none, and does not take one off that it adds', () => {
    expect(tagRadius({ add: [], remove: [] }, 7)).toBe('Say which tags of 7 devices are to change.');
    expect(tagRadius({ add: ['x'], remove: ['x'] }, 7)).toBe('“x” cannot be added and taken off.');
  });

  it('says what came of it', () => {
    expect(tagDone({ status: 'done', seen: 10, changed: 7, failed: 0 })).toBe(
      '7 devices changed, 3 had it so already.',
    );
    expect(tagDone({ status: 'stopped', seen: 10, changed: 1, failed: 2 })).toBe(
      'Stopped: 1 device changed, 7 had it so already, 2 failed.',
    );
  });
});
