export * from '../../src/simulator/protocols/lwm2m/device.ts';
