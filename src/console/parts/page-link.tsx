import { Anchor, type AnchorProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

type BareProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps> &
  AnchorProps & { readonly ref?: Ref<HTMLAnchorElement> };

const Bare = (props: BareProps) => <Anchor size="sm" {...props} />;

/** A link to a page of the console, checked against its routes. */
export const PageLink = createLink(Bare);
