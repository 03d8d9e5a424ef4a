/** What the software of the published samples is for (pages of the v2 API, and of the generated client). */
export const what = { make: 'Verizon', model: 'Model-A' } as const;

export const software = {
  softwareName: 'FOTA_Verizon_Model-A_02To03_HF',
  softwareFrom: 'FOTA_Verizon_Model-A_00To01_HF',
  softwareTo: 'FOTA_Verizon_Model-A_02To03_HF',
} as const;

/** The request of v2. */
export const publishedV2 = {
  campaignName: 'FOTA_Verizon_Upgrade',
  ...software,
  distributionType: 'HTTP',
  ...{ startDate: '2020-08-21', endDate: '2020-08-22' },
  downloadAfterDate: '2020-08-21',
  downloadTimeWindowList: [{ startTime: 20, endTime: 21 }],
  installAfterDate: '2020-08-21',
  installTimeWindowList: [{ startTime: 22, endTime: 23 }],
};

export const firmware = {
  firmwareName: 'SEQUANSCommunications_GM01Q_SR1.2.0.0-10512_SR1.2.0.0-10657',
  firmwareFrom: 'SR1.2.0.0-10512',
  firmwareTo: 'SR1.2.0.0-10657',
} as const;

/** What the firmware is for. */
export const module = { make: 'SEQUANS Communications', model: 'GM01Q' } as const;

/** The request of v3. */
export const publishedV3 = {
  campaignName: 'Smart FOTA - test 4',
  ...firmware,
  protocol: 'LWM2M',
  ...{ startDate: '2021-09-29', endDate: '2021-10-01' },
  campaignTimeWindowList: [{ startTime: 18, endTime: 22 }],
};

/** The devices of the samples. */
export const first = '990013907835573';
export const second = '990013907884259';

/** What an upload says of the packages of both. */
export const softwarePackage = {
  ...{ name: software.softwareName, version: software.softwareTo, fromVersion: software.softwareFrom },
  ...{ ...what, kind: 'software' },
};
export const firmwarePackage = {
  ...{ name: firmware.firmwareName, version: firmware.firmwareTo, fromVersion: firmware.firmwareFrom },
  ...{ ...module, kind: 'firmware' },
};
export const filePackage = {
  name: 'configfile-Verizon_VZW1_hello-world.txt',
  version: '1.1',
  ...what,
  kind: 'file',
};
