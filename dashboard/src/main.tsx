// Starts the dashboard: signs in by the token of the link if there is one, then shows the page of the address.
import '@fontsource-variable/inter/wght.css';
import './app/mantine-styles.ts';
import './app/theme.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createApiClient } from './api/api-client.ts';
import { ApiContext } from './api/api-context.ts';
import { isUnauthorized } from './api/api-failure.ts';
import { createBrowserMemory } from './app/browser-memory.ts';
import { createQueryClient } from './app/create-query-client.ts';
import { linkTarget, takeLoginToken } from './app/login-link.ts';
import { createDashboardRouter } from './app/router.tsx';
import { theme } from './app/theme.ts';
import { createSeriesColors } from './ui/series-colors.ts';
import { SeriesColorsContext } from './ui/series-colors-context.ts';

const api = createApiClient({ fetch: window.fetch.bind(window) });
const seriesColors = createSeriesColors(createBrowserMemory(window, 'tollgate-series-colors'));
const token = takeLoginToken(window.location, window.history);
const router = createDashboardRouter();
const queryClient = createQueryClient({ onUnauthorized: askForToken });

function askForToken() {
  const { pathname, href } = router.state.location;
  if (pathname === '/login') return;
  void router.navigate({ to: '/login', search: { next: href, reason: 'expired' }, replace: true });
}

async function signIn(given: string) {
  try {
    await api.login(given);
  } catch (error) {
    const reason = isUnauthorized(error) ? 'refused' : 'unreachable';
    const next = linkTarget(window.location);
    await router.navigate({ to: '/login', search: { next, reason }, replace: true });
  }
}

function render() {
  const root = document.getElementById('root');
  if (root === null) throw new Error('index.html has no element with the id "root"');
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        colorSchemeManager={localStorageColorSchemeManager({ key: 'tollgate-color-scheme' })}
      >
        <QueryClientProvider client={queryClient}>
          <ApiContext value={api}>
            <SeriesColorsContext value={seriesColors}>
              <RouterProvider router={router} />
            </SeriesColorsContext>
          </ApiContext>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

if (token !== null) await signIn(token);
render();
