export * from '../../src/simulator/protocols/oma-dm/device.ts';
