import { Button, type ButtonProps } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';
import { useMay } from '../session/use-session.ts';
import { whyMayNot } from '../words/permissions.ts';
import { ActionButton } from './action.tsx';

type BareProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> &
  ButtonProps & { readonly ref?: Ref<HTMLAnchorElement> };

const Bare = (props: BareProps) => <Button component="a" {...props} />;
const ButtonLink = createLink(Bare);

type NewCampaignProps = {
  readonly variant?: 'filled' | 'default';
  /** The package that it is to bring. */
  readonly of?: string;
};

/** Leads to a new campaign. */
export const NewCampaign = ({ variant = 'filled', of }: NewCampaignProps) => {
  const reason = whyMayNot(useMay(), 'Create Campaign');
  const look = { variant, leftSection: <IconPlus size={16} aria-hidden />, children: 'New campaign' };
  return reason === undefined ? (
    <ButtonLink to="/campaigns/new" search={{ package: of }} {...look} />
  ) : (
    <ActionButton reason={reason} {...look} />
  );
};
