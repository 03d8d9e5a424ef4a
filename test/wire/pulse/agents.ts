import { expect } from 'vitest';
import type { Reply } from '../../support/api.ts';
import type { Command, PulseFleet, TestCampaign, TestGateway } from './gateways.ts';

export const MINUTE = 60_000;

const scripts = { ACTIVATE: 'activate.sh', RESET: 'reset.sh' };
/** Whoever asks is handed a phase at once. */
export const quick = { 'ota.stepsPerPoll': '8' };

export const commandsOf = ({ id }: Pick<TestGateway, 'id'>): string => `/api/devices/${id}/commands`;

type Started = {
  readonly gateway: TestGateway;
  readonly packages: readonly string[];
  readonly campaign: TestCampaign;
};

/** A gateway in a started campaign of one package, which runs through by itself unless its manifest says otherwise. */
export const startOne = async (
  fleet: PulseFleet,
  settings: Readonly<Record<string, string>> = quick,
  manifest: Readonly<Record<string, unknown>> = {},
): Promise<Started> => {
  const gateway = await fleet.gateway();
  const packages = [await fleet.pack({ ...scripts, ...manifest })];
  return { gateway, packages, campaign: await fleet.campaign([gateway], { packages, settings }) };
};

/** A gateway that was handed a download. */
export const startDownload = async (
  fleet: PulseFleet,
): Promise<Started & { readonly command: Command | undefined }> => {
  const started = await startOne(fleet);
  return { ...started, command: await started.gateway.poll() };
};

/** An error in both of its forms. */
export const expectError = (reply: Reply, status: number, code: number, words = ''): void => {
  expect(reply.body).toMatchObject({ code, message: expect.stringContaining(words), details: [] });
  expect(reply.headers['grpc-status']).toBe(`${code}`);
  expect(reply.status).toBe(status);
};
