// The dashboard's own line icons, 24 units square. Decorative: the text beside them carries the meaning.
import type { ReactNode } from 'react';

export type IconName = keyof typeof PATHS;

const PATHS = {
  spend: <path d="M4 20V10m5.3 10V4m5.4 16v-8m5.3 8V7" />,
  calls: <path d="M4 6h16M4 12h10M4 18h13M18 10.5l2.5 1.5-2.5 1.5z" />,
  latency: (
    <>
      <circle cx="12" cy="13" r="8" />
      <path d="M12 13V8.5M9.5 2.5h5M18.5 6.5l1-1" />
    </>
  ),
  loadTests: <path d="M3.500 17a8.500 8.500 0 1 1 17 0M12 17l4.500-5.500M12 17h.01M3.500 20.500h17" />,
  recommendations: (
    <path d="M9 18h6M10 21h4M12 3a6 6 0 0 0-3.7 10.7c.6.5 1 1.2 1.1 2.3h5.2c.1-1.1.5-1.8 1.1-2.3A6 6 0 0 0 12 3z" />
  ),
  budgets: (
    <>
      <path d="M4 8.5A2.5 2.5 0 0 1 6.5 6H18v3M4 8.5V17a2 2 0 0 0 2 2h13a1 1 0 0 0 1-1v-8a1 1 0 0 0-1-1H6.5" />
      <path d="M16.5 14h.01" />
    </>
  ),
  gpus: (
    <>
      <rect x="6" y="6" width="12" height="12" rx="2" />
      <path d="M10 10h4v4h-4zM9 3v3m6-3v3M9 18v3m6-3v3M3 9h3m-3 6h3m12-6h3m-3 6h3" />
    </>
  ),
  findings: (
    <path d="M12 3l7.5 3v5.5c0 4.5-3 7.900-7.5 9.5-4.5-1.600-7.5-5-7.5-9.5V6zM12 8.5v4M12 15.700h.01" />
  ),
  audit: <path d="M8 4h8M8 4a2 2 0 0 0-2 2v14h12V6a2 2 0 0 0-2-2M9.5 10h5m-5 4h5" />,
  sun: (
    <>
      <circle cx="12" cy="12" r="4" />
      <path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400" />
    </>
  ),
  moon: <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z" />,
  system: <path d="M4 5h16v11H4zM9 20h6m-3-4v4" />,
  logout: <path d="M14 4h-7a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h7M11 12h9m-3-3 3 3-3 3" />,
  download: <path d="M12 4v11m-4-4 4 4 4-4M5 19.5h14" />,
  close: <path d="M6 6l12 12M18 6 6 18" />,
  check: <path d="M5 12.5l4.5 4.5L19 7.5" />,
  warning: <path d="M12 4 2.800 19.5h18.400zM12 10v4.5M12 17.200h.01" />,
  error: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 7.5v5.5M12 16.200h.01" />
    </>
  ),
  copy: <path d="M9 9h11v11H9zM5 15H4V4h11v1" />,
  calendar: <path d="M4 6h16v14H4zM4 10.5h16M8.5 3.5V8m7-4.5V8" />,
  chevron: <path d="M9 6l6 6-6 6" />,
  up: <path d="M12 19V5m-5.5 5.5L12 5l5.5 5.5" />,
  pause: <path d="M9 6v12m6-12v12" />,
  play: <path d="M8 5.5v13l10.5-6.5z" />,
  filter: <path d="M4 6h16M7 12h10m-7 6h4" />,
  link: <path d="M14 5h5v5M19 5l-8 8M10 6H6a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-4" />,
} satisfies Record<string, ReactNode>;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      style={{ flex: 'none' }}
    >
      {PATHS[name]}
    </svg>
  );
}
