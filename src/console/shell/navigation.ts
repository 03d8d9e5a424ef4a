import { IconDeviceMobileCog, IconGauge, IconPackage, IconRocket, IconSettings } from '@tabler/icons-react';

/** The places of the console, in the order of the menu; `go` is the letter after `g`. */
export const places = [
  { to: '/', label: 'Overview', go: 'o', icon: IconGauge },
  { to: '/campaigns', label: 'Campaigns', go: 'c', icon: IconRocket },
  { to: '/devices', label: 'Devices', go: 'd', icon: IconDeviceMobileCog },
  { to: '/packages', label: 'Packages', go: 'p', icon: IconPackage },
  { to: '/settings', label: 'Settings', go: 's', icon: IconSettings },
] as const;
