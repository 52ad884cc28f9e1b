import type { Routes } from '@angular/router';

/** Every page is loaded when it is first shown. Parts of the address and of the query arrive as inputs of the page. */
export const routes: Routes = [
  { path: '', pathMatch: 'full', redirectTo: 'fleet' },
  { path: 'fleet', title: 'Fleet', loadComponent: async () => (await import('./fleet/fleet-page')).FleetPage },
  {
    path: 'servers/new',
    title: 'Add a server',
    loadComponent: async () => (await import('./servers/register-page')).RegisterPage,
  },
  {
    path: 'servers/:serverId',
    title: 'Server',
    loadComponent: async () => (await import('./servers/server-page')).ServerPage,
  },
  {
    path: 'pods',
    title: 'Pods',
    loadComponent: async () => (await import('./pods/pods-page')).PodsPage,
    children: [
      { path: ':podId', title: 'Pod', loadComponent: async () => (await import('./pods/pod-drawer')).PodDrawer },
    ],
  },
  { path: 'launch', title: 'Launch a pod', loadComponent: async () => (await import('./pods/launch-page')).LaunchPage },
  { path: 'jobs', title: 'Jobs', loadComponent: async () => (await import('./jobs/jobs-page')).JobsPage },
  {
    path: '**',
    title: 'Not found',
    loadComponent: async () => (await import('./shell/not-found-page')).NotFoundPage,
  },
];
