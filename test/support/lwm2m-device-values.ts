export * from '../../src/simulator/protocols/lwm2m/values.ts';
