import type { Command } from 'commander';
import { findCampaign } from '../find.ts';
import { forecastText } from '../forecast-text.ts';
import type { Io } from '../io.ts';
import { online } from '../online.ts';

/** `campaign forecast`: how it is expected to go. */
export const registerForecast = (campaign: Command, io: Io): void => {
  campaign
    .command('forecast')
    .description('say how a campaign is expected to go; changes nothing')
    .argument('<campaign>', 'id or name')
    .action(
      online(io, async ({ client, print }, word: string) => {
        const { id } = await findCampaign(client, word);
        const found = await client.forecastCampaign({ params: { campaign: id }, body: {} });
        await print.text(found, `based on ${found.basis}\n${forecastText(found.planned)}`);
      }),
    );
};
