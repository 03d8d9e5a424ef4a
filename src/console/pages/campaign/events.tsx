import { Button, Group } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { campaignEventsQuery } from '../../data/queries.ts';
import { FilterMenu } from '../../parts/filter-menu.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Timeline } from '../../parts/timeline.tsx';
import { useApi } from '../../session/use-session.ts';
import { eventKinds, kindNames, typesOf } from '../../words/event-kinds.ts';

type EventsProps = { readonly campaign: string; readonly kinds: readonly string[] };

const options = eventKinds.map(({ name, label }) => ({ value: name, label }));

/** What happened to a campaign and its devices, page by page; everything, or some kinds of it. */
export const Events = ({ campaign, kinds }: EventsProps) => {
  const navigate = useNavigate();
  const events = useInfiniteQuery(campaignEventsQuery(useApi(), campaign, typesOf(kinds)));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = events;
  const show = (chosen: readonly string[]): void =>
    void navigate({
      ...{ to: '/campaigns/$campaign', params: { campaign }, resetScroll: false },
      search: { tab: 'timeline', kind: kindNames.filter((name) => chosen.includes(name)) },
    });
  const older = hasNextPage && (
    <Button variant="default" mt="md" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
      Show older
    </Button>
  );
  return (
    <>
      <Group gap="xs" mb="sm">
        <FilterMenu label="Events" options={options} chosen={kinds} onChange={show} />
        {kinds.length > 0 && (
          <Button variant="subtle" onClick={() => show([])}>
            Show all
          </Button>
        )}
      </Group>
      <Loaded query={events} what="the timeline">
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) {
            return (
              <Empty title={kinds.length > 0 ? 'No such event' : 'Nothing has happened yet'} action={older}>
                {kinds.length > 0
                  ? 'Choose other events, or show all.'
                  : 'What happens to the campaign and its devices appears here.'}
              </Empty>
            );
          }
          return (
            <>
              <Timeline label="What happened to the campaign" events={items} shows="device" />
              {older}
            </>
          );
        }}
      </Loaded>
    </>
  );
};
