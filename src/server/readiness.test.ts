import { expect, it } from 'vitest';
import { createReadiness } from './readiness.ts';

it('is told by the store, each time anew', async () => {
  const answers = [Promise.resolve(), Promise.reject(new Error('gone')), Promise.resolve()];
  const ready = createReadiness(() => answers.shift() ?? Promise.reject(new Error('asked too often')));
  await expect(ready()).resolves.toBeUndefined();
  await expect(ready()).rejects.toThrow('gone');
  await expect(ready()).resolves.toBeUndefined();
});

it('does not wait for a store that says nothing, and asks it once however many want to know', async () => {
  let asked = 0;
  const silent = Promise.withResolvers<void>();
  const ready = createReadiness(() => {
    asked += 1;
    return silent.promise;
  }, 1);
  await expect(ready()).rejects.toThrow('no answer in time');
  await expect(ready()).rejects.toThrow('no answer in time');
  expect(asked).toBe(1);
  silent.resolve();
  await silent.promise;
  await expect(ready()).resolves.toBeUndefined();
});
