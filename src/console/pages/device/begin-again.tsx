import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Update } from '../../../wire/muster/members.ts';
import { keys } from '../../data/keys.ts';
import { campaignQuery } from '../../data/queries.ts';
import { ActionButton } from '../../parts/action.tsx';
import { tellProblem } from '../../parts/tell-problem.ts';
import { useApi, useMay } from '../../session/use-session.ts';
import { whyMayNot } from '../../words/permissions.ts';

const over = ['ended', 'cancelled', 'rejected', 'failed'];

/** A device whose update did not succeed tries again, as long as the campaign goes on. */
export const BeginAgain = ({
  device,
  campaign,
  outcome,
}: Pick<Update, 'device' | 'campaign' | 'outcome'>) => {
  const { client, account } = useApi();
  const may = useMay();
  const queries = useQueryClient();
  const { data } = useQuery(campaignQuery({ client, account }, campaign));
  const again = useMutation({
    mutationFn: () => client.addCampaignDevices({ params: { campaign }, body: { devices: [device] } }),
    onSuccess: () => {
      notifications.show({ message: `${device} begins again` });
      return queries.invalidateQueries({ queryKey: keys.device(account, device) });
    },
    onError: tellProblem,
  });
  if (data === undefined || outcome === 'succeeded') return <span />;
  const isOver = over.includes(data.status);
  return (
    <ActionButton
      reason={whyMayNot(may, 'Edit Campaign') ?? (isOver ? 'The campaign is over.' : undefined)}
      size="compact-xs"
      variant="default"
      loading={again.isPending}
      aria-label={`Have it begin again in ${data.name}`}
      onClick={() => again.mutate()}
    >
      Begin again
    </ActionButton>
  );
};
