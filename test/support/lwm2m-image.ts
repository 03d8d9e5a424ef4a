export * from '../../src/simulator/protocols/lwm2m/image.ts';
