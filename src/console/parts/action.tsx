import {
  ActionIcon,
  type ActionIconProps,
  Button,
  type ButtonProps,
  type ElementProps,
  Menu,
  Text,
  Tooltip,
} from '@mantine/core';
import type { ReactElement } from 'react';

type Reasoned = {
  /** Why it cannot be done now; `undefined` where it can. */
  readonly reason: string | undefined;
};

type ActionItemProps = Reasoned & {
  readonly label: string;
  readonly color?: string;
  readonly onClick: () => void;
};

/** What cannot be done now stays in the menu, says why, and does nothing. */
export const ActionItem = ({ label, reason, color, onClick }: ActionItemProps) => (
  <Menu.Item
    aria-disabled={reason !== undefined}
    closeMenuOnClick={reason === undefined}
    {...(reason === undefined ? color !== undefined && { color } : { c: 'dimmed' })}
    onClick={() => reason === undefined && onClick()}
  >
    {label}
    {reason !== undefined && (
      <Text size="xs" c="dimmed">
        {reason}
      </Text>
    )}
  </Menu.Item>
);

const Reason = ({ reason, children }: { readonly reason: string; readonly children: ReactElement }) => (
  <Tooltip label={reason} events={{ hover: true, focus: true, touch: true }} multiline maw={280}>
    {children}
  </Tooltip>
);

type ActionButtonProps = Reasoned & ButtonProps & ElementProps<'button', keyof ButtonProps>;

/** The same outside of a menu: one can get to the button by key, and it then says why. */
export const ActionButton = ({ reason, onClick, title, ...button }: ActionButtonProps) =>
  reason === undefined ? (
    <Button onClick={onClick} title={title} {...button} />
  ) : (
    <Reason reason={reason}>
      <Button {...button} aria-disabled aria-description={reason} data-disabled />
    </Reason>
  );

type ReasonedIconProps = Reasoned & ActionIconProps & ElementProps<'button', keyof ActionIconProps>;

/** The same with an icon alone. */
export const ReasonedIcon = ({ reason, onClick, ...icon }: ReasonedIconProps) =>
  reason === undefined ? (
    <ActionIcon onClick={onClick} {...icon} />
  ) : (
    <Reason reason={reason}>
      <ActionIcon {...icon} aria-disabled aria-description={reason} data-disabled />
    </Reason>
  );
