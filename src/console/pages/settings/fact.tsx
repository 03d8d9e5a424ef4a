import type { ReactNode } from 'react';

type FactProps = { readonly name: string; readonly children: ReactNode };

/** A line of a list of facts. */
export const Fact = ({ name, children }: FactProps) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
