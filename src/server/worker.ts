import type { Config } from './config.ts';
import { type Fellows, fellowsOf } from './fellows.ts';

/**
 * What one of several workers serves. Devices of LwM2M are reached through the process that they registered with, whose
 * sockets are its own: that is the first. Log-ins are limited in all workers together as they are in one.
 */
export const configOfWorker = (config: Config, number: number): Config => ({
  ...config,
  limits: { ...config.limits, loginsPerMinute: Math.ceil(config.limits.loginsPerMinute / config.workers) },
  ...(number > 1 && { lwm2m: { ...config.lwm2m, listeners: {} } }),
});

/** The workers beside this one, over the channel that Node has opened between the processes. */
export const fellowsOfWorker = (number: number): Fellows =>
  fellowsOf(number, {
    send: (message) => void process.send?.(message),
    on: (listener) => void process.on('message', listener),
  });
