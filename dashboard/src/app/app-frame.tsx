// What stands around every page: the navigation, the freshness, the colour scheme and the way out.
import { ActionIcon, AppShell, Burger } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../api/api-context.ts';
import { LiveProvider } from '../api/live-provider.tsx';
import { Icon } from '../ui/icons.tsx';
import { ColorSchemeSwitch } from './color-scheme-switch.tsx';
import { LiveBadge } from './live-badge.tsx';
import { Navigation } from './navigation.tsx';
import { TollgateMark } from './tollgate-mark.tsx';
import './app-frame.css';

/** Around the page of the address; around what is given instead where the address has none. */
export function AppFrame({ children = <Outlet /> }: { children?: ReactNode }) {
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <LiveProvider>
      <a href="#main" className="tg-skip">
        Skip to the content
      </a>
      <AppShell
        header={{ height: { base: 52, sm: 0 } }}
        navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !opened } }}
        transitionDuration={150}
      >
        <AppShell.Header hiddenFrom="sm" className="tg-topbar">
          <Burger
            opened={opened}
            onClick={toggle}
            size="sm"
            aria-label={opened ? 'Close the navigation' : 'Open the navigation'}
            aria-expanded={opened}
          />
          <TollgateMark />
          <LiveBadge />
        </AppShell.Header>
        <AppShell.Navbar className="tg-sidebar">
          <div className="tg-sidebar-head">
            <TollgateMark />
            <LiveBadge />
          </div>
          <Navigation onPick={close} />
          <SidebarFoot />
        </AppShell.Navbar>
        <AppShell.Main id="main" className="tg-main" tabIndex={-1}>
          {children}
        </AppShell.Main>
      </AppShell>
    </LiveProvider>
  );
}

function SidebarFoot() {
  const api = useApi();
  const navigate = useNavigate();
  const leave = async () => {
    await api.logout();
    await navigate({ to: '/login', search: { reason: 'signed-out' } });
    window.location.reload();
  };
  return (
    <div className="tg-sidebar-foot">
      <ColorSchemeSwitch />
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label="Sign out"
        title="Sign out"
        onClick={() => void leave()}
      >
        <Icon name="logout" />
      </ActionIcon>
    </div>
  );
}
