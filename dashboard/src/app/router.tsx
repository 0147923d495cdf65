import {
  createRootRoute,
  createRoute,
  createRouter,
  Navigate,
  retainSearchParams,
} from '@tanstack/react-router';

import { Skeleton } from '../ui/basics';
import { lazily } from '../ui/lazily';
import { Root } from './Layout';
import { NotFound } from './NotFound';
import { ofId } from './ofId';
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

const MAPPINGS = only('regenerate', 'model', 'connector', 'q', 'sort', 'after');

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazily(() => import('../views/overview/Overview').then(({ Overview }) => ({ default: Overview }))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/connectors',
    validateSearch: only('state', 'health', 'q', 'sort'),
    component: lazily(() => import('../views/connectors/Connectors').then(({ Connectors }) => ({ default: Connectors }))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/connectors/$id',
    component: ofId('connector', lazily(() => import('../views/connector/Connector').then(({ Connector }) => ({ default: Connector })))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/runs',
    validateSearch: only('status', 'trigger', 'connector', ...LIST),
    component: lazily(() => import('../views/runs/Runs').then(({ Runs }) => ({ default: Runs }))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/runs/$id',
    component: ofId('run', lazily(() => import('../views/runs/Run').then(({ Run }) => ({ default: Run })))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/diagnostics',
    validateSearch: only('severity', 'reason', 'model', 'tool', 'connector', ...LIST),
    component: lazily(() => import('../views/diagnostics/Diagnostics').then(({ Diagnostics }) => ({ default: Diagnostics }))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/documents',
    validateSearch: only('status', 'source', 'routed', ...LIST),
    component: lazily(() => import('../views/documents/Documents').then(({ Documents }) => ({ default: Documents }))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/provenance',
    validateSearch: only('direction', 'connector', 'sort', 'after', ...RANGE),
    component: lazily(() => import('../views/documents/Provenance').then(({ Provenance }) => ({ default: Provenance }))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/mappings',
    validateSearch: (search) => {
      const known = MAPPINGS(search);
      // Said to be undefined, since what is left out stays as the address has it.
      return { ...known, regenerate: known.regenerate === 'true' || known.regenerate === 'false' ? known.regenerate : undefined };
    },
    component: lazily(() => import('../views/mappings/Mappings').then(({ Mappings }) => ({ default: Mappings }))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/mappings/$id',
    component: ofId('mapping', lazily(() => import('../views/mappings/Mapping').then(({ Mapping }) => ({ default: Mapping })))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/collects',
    validateSearch: only('status', ...LIST),
    component: lazily(() => import('../views/collects/Collects').then(({ Collects }) => ({ default: Collects }))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/tasks',
    validateSearch: only('status', 'q', 'sort', 'after'),
    component: lazily(() => import('../views/tasks/Tasks').then(({ Tasks }) => ({ default: Tasks }))),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/members',
    component: lazily(() => import('../views/members/Members').then(({ Members }) => ({ default: Members }))),
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
