import { describe, expect, it } from 'vitest';
import { modelFields, replyModels } from './model-fields.ts';
import { holdsModel, holdsReply, type ModelName } from './models.ts';

const campaign = {
  id: 'c',
  accountName: '0000123456-00001',
  protocol: 'LWM2M',
  make: 'Acme',
  model: 'M1',
  startDate: '2026-02-01',
  endDate: '2026-02-08',
  campaignTimeWindowList: [{ startTime: 2, endTime: 6 }],
  status: 'CampaignScheduled',
  autoAssignLicenseFlag: false,
  autoAddDevicesFlag: false,
};

const { status: _, ...withoutStatus } = campaign;

describe('the models of the SDK', () => {
  it('hold what has all that is required, and more', () => {
    holdsModel('Campaign', { ...campaign, note: 1 });
    holdsModel('V2LicenseDevice[]', [{ deviceId: 'd' }]);
  });

  it.each<[string, unknown]>([
    ['a missing member', withoutStatus],
    ['null', { ...campaign, make: null }],
    ['a number as text', { ...campaign, make: 1 }],
    ['text as a boolean', { ...campaign, autoAddDevicesFlag: 'false' }],
    ['an instant as a date', { ...campaign, startDate: '2026-02-01T00:00:00Z' }],
    ['a day that is none', { ...campaign, startDate: '2026-02-41' }],
    ['text as a number inside', { ...campaign, campaignTimeWindowList: [{ startTime: '2', endTime: 6 }] }],
    ['a list', [campaign]],
  ])('do not hold %s', (_name, body) => {
    expect(() => holdsModel('Campaign', body)).toThrow();
  });

  it('do not hold a protocol that a closed enumeration has not', () => {
    const pack = {
      ...{ firmwareName: 'f', firmwareFrom: '1', firmwareTo: '2', launchDate: '2026-02-01T00:00:00Z' },
      ...{ releaseNote: '', model: 'M1', make: 'Acme' },
    };
    holdsModel('FirmwarePackage', { ...pack, protocol: 'OMD-DM' });
    expect(() => holdsModel('FirmwarePackage', { ...pack, protocol: 'HTTP' })).toThrow();
    expect(() =>
      holdsModel('FirmwarePackage', { ...pack, protocol: 'OMD-DM', launchDate: '2026-02-01' }),
    ).toThrow();
  });

  it('are known wherever one stands in another, and for each of the 75 operations', () => {
    for (const model of Object.keys(modelFields) as ModelName[]) {
      // Whatever the model wants is missing, and nothing else is wrong with it.
      const types = modelFields[model].matchAll(/:([A-Z]\w+)/g);
      for (const [, type = ''] of types) {
        if (!type.endsWith('Enum')) expect(Object.keys(modelFields)).toContain(type);
      }
    }
    expect(Object.keys(replyModels)).toHaveLength(75);
    expect(() => holdsReply(76, {})).toThrow();
    holdsReply(67, undefined);
  });
});
