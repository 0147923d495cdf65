import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  retainSearchParams,
} from '@tanstack/react-router';

import { Skeleton } from '../ui/basics';
import { Root } from './Layout';
import { NotFound } from './NotFound';
import { only, parseSearch, stringifySearch } from './search';

// Each view is a file of its own, fetched when it is opened. `src/server/dashboard.rs` knows the same addresses.
const root = createRootRoute({
  component: Root,
  notFoundComponent: NotFound,
  validateSearch: only('workspace'),
  search: { middlewares: [retainSearchParams(['workspace'])] },
});
const RANGE = ['from', 'to'] as const;
const LIST = ['q', 'sort', 'after', ...RANGE] as const;

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('../views/overview/Overview'), 'Overview'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/connectors',
    validateSearch: only('state', 'health', 'q', 'sort'),
    component: lazyRouteComponent(() => import('../views/connectors/Connectors'), 'Connectors'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/connectors/$id',
    component: lazyRouteComponent(() => import('../views/connector/Connector'), 'Connector'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/runs',
    validateSearch: only('status', 'trigger', 'connector', ...LIST),
    component: lazyRouteComponent(() => import('../views/runs/Runs'), 'Runs'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/runs/$id',
    component: lazyRouteComponent(() => import('../views/runs/Run'), 'Run'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/diagnostics',
    validateSearch: only('severity', 'reason', 'model', 'tool', 'connector', ...LIST),
    component: lazyRouteComponent(() => import('../views/diagnostics/Diagnostics'), 'Diagnostics'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/documents',
    validateSearch: only('status', 'source', 'routed', ...LIST),
    component: lazyRouteComponent(() => import('../views/documents/Documents'), 'Documents'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/provenance',
    validateSearch: only('direction', 'connector', 'sort', 'after', ...RANGE),
    component: lazyRouteComponent(() => import('../views/documents/Provenance'), 'Provenance'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/mappings',
    validateSearch: only('regenerate', 'model', 'connector', 'q', 'sort', 'after'),
    component: lazyRouteComponent(() => import('../views/mappings/Mappings'), 'Mappings'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/mappings/$id',
    component: lazyRouteComponent(() => import('../views/mappings/Mapping'), 'Mapping'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/collects',
    validateSearch: only('status', ...LIST),
    component: lazyRouteComponent(() => import('../views/collects/Collects'), 'Collects'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/tasks',
    validateSearch: only('status', 'q', 'sort', 'after'),
    component: lazyRouteComponent(() => import('../views/tasks/Tasks'), 'Tasks'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/members',
    component: lazyRouteComponent(() => import('../views/members/Members'), 'Members'),
  }),
  // Who comes back from the provider while signed in already.
  createRoute({ getParentRoute: () => root, path: '/signed-in', component: () => <Navigate to="/" replace /> }),
];

export const router = createRouter({
  routeTree: root.addChildren(routes),
  parseSearch,
  stringifySearch,
  defaultPendingComponent: () => <Skeleton lines={10} />,
  defaultPreload: 'intent',
  defaultPreloadDelay: 80,
  scrollRestoration: true,
});
