// The addresses of the dashboard. Each page is loaded when it is first opened.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { z } from 'zod';
import { CallsSearch } from '../calls/calls-search.ts';
import { LatencySearch } from '../latency/latency-search.ts';
import { LoadTestSearch, LoadTestsSearch } from '../load-tests/load-tests-search.ts';
import { rangeSearchShape } from '../range/time-range.ts';
import { SpendSearch } from '../spend/spend-search.ts';
import { AppFrame } from './app-frame.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { PageFailure } from './page-failure.tsx';

const RangeSearch = z.object(rangeSearchShape);
const LoginSearch = z.object({
  next: z.string().optional().catch(undefined),
  reason: z.enum(['expired', 'refused', 'unreachable', 'signed-out']).optional().catch(undefined),
});

const rootRoute = createRootRoute({ notFoundComponent: NotFoundPage });
const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: LoginSearch,
  component: lazyRouteComponent(() => import('../login/login-page.tsx'), 'LoginPage'),
});
const frameRoute = createRoute({ getParentRoute: () => rootRoute, id: 'app', component: () => <AppFrame /> });
const homeRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/spend', replace: true });
  },
});
const spendRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/spend',
  validateSearch: SpendSearch,
  component: lazyRouteComponent(() => import('../spend/spend-page.tsx'), 'SpendPage'),
});
const callsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/calls',
  validateSearch: CallsSearch,
  component: lazyRouteComponent(() => import('../calls/calls-page.tsx'), 'CallsPage'),
});
const callRoute = createRoute({
  getParentRoute: () => callsRoute,
  path: '$callId',
  component: lazyRouteComponent(() => import('../calls/call-drawer.tsx'), 'CallDrawer'),
});
const latencyRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/latency',
  validateSearch: LatencySearch,
  component: lazyRouteComponent(() => import('../latency/latency-page.tsx'), 'LatencyPage'),
});
const loadTestsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/load-tests',
  validateSearch: LoadTestsSearch,
  component: lazyRouteComponent(() => import('../load-tests/load-tests-page.tsx'), 'LoadTestsPage'),
});
const loadTestRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/load-tests/$runId',
  validateSearch: LoadTestSearch,
  component: lazyRouteComponent(() => import('../load-tests/load-test-page.tsx'), 'LoadTestPage'),
});
const recommendationsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/recommendations',
  validateSearch: RangeSearch,
  component: lazyRouteComponent(
    () => import('../recommendations/recommendations-page.tsx'),
    'RecommendationsPage',
  ),
});
const budgetsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/budgets',
  component: lazyRouteComponent(() => import('../budgets/budgets-page.tsx'), 'BudgetsPage'),
});
const gpusRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/gpus',
  validateSearch: RangeSearch,
  component: lazyRouteComponent(() => import('../gpus/gpus-page.tsx'), 'GpusPage'),
});
const findingsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/findings',
  validateSearch: RangeSearch,
  component: lazyRouteComponent(() => import('../findings/findings-page.tsx'), 'FindingsPage'),
});
const auditRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/audit',
  validateSearch: RangeSearch,
  component: lazyRouteComponent(() => import('../audit/audit-page.tsx'), 'AuditPage'),
});

const routeTree = rootRoute.addChildren([
  loginRoute,
  frameRoute.addChildren([
    homeRoute,
    spendRoute,
    callsRoute.addChildren([callRoute]),
    latencyRoute,
    loadTestsRoute,
    loadTestRoute,
    recommendationsRoute,
    budgetsRoute,
    gpusRoute,
    findingsRoute,
    auditRoute,
  ]),
]);

/** Search parameters stay plain text, so that an address can be read and written by hand. `team=` means no team. */
export function createDashboardRouter() {
  return createRouter({
    routeTree,
    defaultPreload: 'intent',
    defaultErrorComponent: PageFailure,
    scrollRestoration: true,
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const given = Object.entries(search).filter(([, value]) => value !== undefined);
      const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
      return text === '' ? '' : `?${text}`;
    },
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createDashboardRouter>;
  }
}
