import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSimulatedDevice } from './support/lwm2m-device.ts';
import { type Lwm2mServer, startLwm2mServer } from './support/lwm2m-server.ts';

let muster: Lwm2mServer;

beforeAll(async () => {
  // Ten at once, of which who is refused takes eight.
  muster = await startLwm2mServer({
    ...{
      MUSTER_LWM2M_REGISTRATIONS: '1',
      MUSTER_LWM2M_COAPS: '127.0.0.1:0',
      MUSTER_LWM2M_BOOTSTRAP: 'plain',
    },
  });
});
afterAll(() => muster?.stop());

const answerTo = (imei: number): Promise<unknown> =>
  muster.simulate(`urn:imei:${imei}`).then(
    () => '2.01',
    (error: Error) => error.message,
  );

it('who guesses at IMEIs over plain UDP is soon told to come later, and known devices of that network with it', async () => {
  await muster.device('490154203237518');
  const guesses = [490154203237526, 490154203237534, 490154203237542];
  const answers: unknown[] = [];
  for (const imei of guesses) answers.push(await answerTo(imei));
  expect(answers).toEqual([
    'registration was answered with 4.03',
    'registration was answered with 4.03',
    'registration was answered with 5.03',
  ]);
  expect(await answerTo(490154203237518)).toBe('registration was answered with 5.03');
  muster.pass(60_000);
  expect(await answerTo(490154203237518)).toBe('2.01');
});

it('who guesses where keys are given out is told so too', async () => {
  muster.pass(60_000);
  const server = { host: '127.0.0.1', port: muster.port };
  const answerToNew = async (endpoint: string): Promise<unknown> => {
    const device = createSimulatedDevice({ server, endpoint, enabler: '1.1', firmware: '1.0' });
    const answer = await device.bootstrap().catch((error: Error) => error.message);
    device.stop();
    return answer;
  };
  const answers = [await answerToNew('guess-1'), await answerToNew('guess-2'), await answerToNew('guess-3')];
  expect(answers).toEqual([4.03, 4.03, 5.03].map((code) => expect.stringContaining(code.toFixed(2))));
});
