import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { campaignQuery } from '../../data/queries.ts';
import { Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { Editor } from './editor.tsx';
import { formLike, formOf, formWith, freshForm } from './form.ts';

const newRoute = getRouteApi('/campaigns/new');
const editRoute = getRouteApi('/campaigns/$campaign/edit');

const campaigns = { label: 'Campaigns', to: '/campaigns' };

const Fresh = () => {
  const beginning = useMemo(freshForm, []);
  return <Editor about="new" title="New campaign" crumbs={[campaigns]} beginning={beginning} />;
};

/** Has a draft of its own: another one that was begun is neither lost nor mixed in. */
const With = ({ pack }: { readonly pack: string }) => {
  const beginning = useMemo(() => formWith(pack), [pack]);
  return <Editor about={`with/${pack}`} title="New campaign" crumbs={[campaigns]} beginning={beginning} />;
};

const Like = ({ id }: { readonly id: string }) => {
  const query = useQuery({ ...campaignQuery(useApi(), id), staleTime: Number.POSITIVE_INFINITY });
  const campaign = query.data;
  const beginning = useMemo(
    () => (campaign === undefined ? undefined : formLike(campaign, Date.now())),
    [campaign],
  );
  if (campaign === undefined || beginning === undefined) {
    return (
      <Page title="New campaign" crumbs={[campaigns]}>
        <Loaded query={query} what="the campaign that it is to be like">
          {() => null}
        </Loaded>
      </Page>
    );
  }
  return (
    <Editor
      key={id}
      about={`like/${id}`}
      title="New campaign"
      lead={`Like ${campaign.name}`}
      crumbs={[campaigns]}
      beginning={beginning}
      like={campaign}
    />
  );
};

/** A new campaign: from nothing, with a package, or another one like one that there is. */
export const CreatePage = () => {
  const { from, package: pack } = newRoute.useSearch();
  const may = useMay();
  if (!may('Create Campaign')) {
    return (
      <Page title="New campaign" crumbs={[campaigns]}>
        <Empty title="You may not make campaigns">
          You need the permission “Create Campaign”. Whoever administers the account can give it to you.
        </Empty>
      </Page>
    );
  }
  if (from !== undefined) return <Like id={from} />;
  return pack === undefined ? <Fresh /> : <With key={pack} pack={pack} />;
};

/** Begins with the campaign as it was read; what others make of it meanwhile is not mixed in. */
const Edit = ({ newest }: { readonly newest: Campaign }) => {
  const [was, setWas] = useState(newest);
  const [turn, setTurn] = useState(0);
  const beginning = useMemo(() => formOf(was), [was]);
  const theirs = (): void => {
    setWas(newest);
    setTurn(turn + 1);
  };
  return (
    <Editor
      key={turn}
      about={`edit/${was.id}`}
      title="Edit"
      crumbs={[campaigns, { label: newest.name, to: `/campaigns/${was.id}` }]}
      beginning={beginning}
      was={was}
      edited={{ newest, onTheirs: theirs, onMine: () => setWas(newest) }}
    />
  );
};

/** The plan of a campaign that there is. */
export const EditPage = () => {
  const { campaign: id } = editRoute.useParams();
  const query = useQuery(campaignQuery(useApi(), id));
  const campaign = query.data;
  if (campaign === undefined) {
    return (
      <Page title="Edit" crumbs={[campaigns]}>
        <Loaded query={query} what="the campaign">
          {() => null}
        </Loaded>
      </Page>
    );
  }
  if (!campaign.allowedActions.includes('edit')) {
    return (
      <Page title="Edit" crumbs={[campaigns, { label: campaign.name, to: `/campaigns/${id}` }]}>
        <Empty title="It cannot be edited now">
          Either its state does not allow it, or you need the permission “Edit Campaign”.
        </Empty>
      </Page>
    );
  }
  return <Edit key={id} newest={campaign} />;
};
