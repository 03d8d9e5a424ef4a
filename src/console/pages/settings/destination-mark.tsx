import { IconAlertTriangle, IconCircleCheck, IconPlayerPause } from '@tabler/icons-react';
import type { Destination } from '../../../wire/muster/destinations.ts';
import { Mark } from '../../parts/status.tsx';

/** Whether a destination is told, and whether it takes it. */
export const DestinationMark = ({ destination }: { readonly destination: Destination }) => {
  if (destination.disabled !== null) {
    return (
      <Mark icon={IconPlayerPause} tone="wait">
        Disabled
      </Mark>
    );
  }
  if (destination.failingSince !== null) {
    return (
      <Mark icon={IconAlertTriangle} tone="bad">
        Failing
      </Mark>
    );
  }
  return (
    <Mark icon={IconCircleCheck} tone="good">
      On
    </Mark>
  );
};
