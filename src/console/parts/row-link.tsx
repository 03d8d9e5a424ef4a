import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';
import styles from './row.module.css';

type BareProps = AnchorHTMLAttributes<HTMLAnchorElement> & { readonly ref?: Ref<HTMLAnchorElement> };

const Bare = (props: BareProps) => <a className={styles.link} {...props} />;

/** A link in a row of a long table: of rows there are many, and they have to be there within a frame or two. */
export const RowLink = createLink(Bare);
