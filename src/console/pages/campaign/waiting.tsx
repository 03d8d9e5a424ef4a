import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { waitingQuery } from '../../data/queries.ts';
import { PageLink } from '../../parts/page-link.tsx';
import { Ranked } from '../../parts/ranked.tsx';
import { Loaded } from '../../parts/states.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { plural } from '../../words/format.ts';
import { waitLabel } from '../../words/waits.ts';

/** Looking at more devices takes the server so long that somebody has to ask for it. */
const MOST_UNASKED = 20_000;

type WaitingProps = {
  readonly campaign: string;
  /** Devices that are not over. */
  readonly open: number;
};

/** What devices wait for, what most wait for first; each leads to its devices. */
export const Waiting = ({ campaign, open }: WaitingProps) => {
  const [isAsked, setAsked] = useState(false);
  const wants = open > 0 && (isAsked || open <= MOST_UNASKED);
  const waiting = useQuery({ ...waitingQuery(useApi(), campaign), enabled: wants });
  if (open === 0)
    return (
      <Text size="sm" c="dimmed">
        No device waits.
      </Text>
    );
  if (!wants)
    return (
      <Button size="xs" variant="default" onClick={() => setAsked(true)}>
        Look at {plural(open, 'device')}
      </Button>
    );
  return (
    <Loaded query={waiting} what="what devices wait for">
      {({ devices, reasons }) => (
        <Ranked
          label="What devices wait for"
          total={devices}
          none="No device waits."
          rows={reasons.map(({ rule, devices: many, until }) => ({
            name: rule,
            count: many,
            label: (
              <>
                <PageLink
                  to="/campaigns/$campaign"
                  params={{ campaign }}
                  search={{ waits: rule }}
                  hash="devices"
                  size="sm"
                >
                  {waitLabel(rule)}
                </PageLink>
                {until !== null && (
                  <Text span size="xs" c="dimmed">
                    {' '}
                    <When at={until} />
                  </Text>
                )}
              </>
            ),
          }))}
        />
      )}
    </Loaded>
  );
};
