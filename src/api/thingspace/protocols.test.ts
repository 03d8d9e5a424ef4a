import { describe, expect, it } from 'vitest';
import { protocols } from '../../domain/device.ts';
import { matches } from '../../domain/targeting.ts';
import { BadRequest } from './errors.ts';
import {
  askedDistribution,
  distributionIn,
  distributionOf,
  protocolWord,
  reachedBy,
  wordOf,
} from './protocols.ts';

const facts = (protocol: string) => ({
  ...{ id: 'd', name: '', make: '', model: '', protocol, standing: 'accepted', timeZone: 'UTC', tags: [] },
  ...{ versions: {}, attributes: {}, lastSeenAt: 0, createdAt: 0 },
});

describe('the words for protocols', () => {
  it.each(['OMA', 'OMA-DM', 'OMADM', 'OMD-DM', 'OMDADM', 'oma-dm', ' Oma '])('know %j as OMA-DM', (word) => {
    expect(distributionIn(word)).toBe('OMA');
  });

  it.each(['', 'OM', 'OMG', 'OMD', 'OMAD', 'COAP', 'HTTPS', 'NONE'])('do not know %j', (word) => {
    expect(distributionIn(word)).toBeUndefined();
  });

  it('are spelled as each place wants them', () => {
    const spelled = (['v2', 'firmware', 'devices'] as const).map((place) =>
      protocols.map((protocol) => protocolWord(protocol, place)),
    );
    expect(spelled).toEqual([
      ['HTTP', 'HTTP', 'LWM2M', 'OMA', 'NONE'],
      ['HTTP', 'HTTP', 'LWM2M', 'OMD-DM', 'NONE'],
      ['HTTP', 'HTTP', 'LWM2M', 'OMADM', 'NONE'],
    ]);
  });

  it('are understood as they are spelled', () => {
    for (const one of ['HTTP', 'LWM2M', 'OMA'] as const) {
      for (const place of ['v2', 'firmware', 'devices'] as const) {
        expect(distributionIn(wordOf(one, place))).toBe(one);
      }
    }
  });

  it('reach the devices whose protocol they stand for', () => {
    for (const one of ['HTTP', 'LWM2M', 'OMA'] as const) {
      const reached = protocols.filter((protocol) => matches(reachedBy(one), facts(protocol)));
      expect(reached).toEqual(protocols.filter((protocol) => distributionOf(protocol) === one));
      expect(reached).not.toEqual([]);
    }
  });

  it('may be left out of a filter, but not be wrong', () => {
    for (const word of [undefined, '', 'all', 'ALL']) {
      expect(askedDistribution(word, 'protocol')).toBeUndefined();
    }
    expect(() => askedDistribution('FTP', 'protocol')).toThrow(new BadRequest('Unsupported protocol'));
  });
});
