// The arrows of src/README.md as data: `npm run arrows` fails when an import points the wrong way.
const ROOMS = ['domain', 'state', 'providers', 'clusters', 'loops', 'servers', 'pods', 'health', 'refresh', 'samples', 'access', 'http'];
const BOXES = ['servers', 'pods', 'health', 'refresh', 'samples'];
const SPEC = '\\.spec\\.ts$';

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from: { pathNot: SPEC, ...from }, to });

/** Only `rooms` may import `packages`. */
const onlyIn = (packages, rooms) =>
  forbid(
    `${packages[0]}-has-one-importer`,
    `${packages.join(', ')} may be imported only by ${rooms.join(', ')}`,
    { path: '^src/', pathNot: [SPEC, ...rooms] },
    { path: packages.map((name) => (name.startsWith('node:') ? `^${name.slice(5)}(/|$)` : `node_modules/${name}/`)) },
  );

module.exports = {
  forbidden: [
    forbid('no-cycles', 'a cycle with decorators crashes at import in ESM', {}, { circular: true }),
    forbid('domain-is-pure', 'domain imports nothing but itself', { path: '^src/domain/' }, { pathNot: ['^src/domain/', '^util$'] }),
    forbid('state-knows-only-domain', 'state and providers never meet', { path: '^src/state/' }, { path: '^src/(?!state/|domain/|settings)' }),
    forbid('providers-know-only-domain', 'state and providers never meet', { path: '^src/providers/' }, { path: '^src/(?!providers/|domain/|settings)' }),
    forbid('loops-know-only-domain', 'a loop knows nobody', { path: '^src/loops/' }, { path: '^src/(?!loops/|domain/|settings)' }),
    forbid('clusters-join-state-and-providers', 'records and sealed credentials become open clusters, and nothing else', { path: '^src/clusters/' }, { path: '^src/(?!clusters/|state/|providers/|domain/|settings)' }),
    forbid('port-only', 'boxes see the port, never an adapter', { path: `^src/(${BOXES.join('|')})/` }, { path: '^src/providers/(kubernetes|sandbox)/' }),
    ...BOXES.map((box) =>
      forbid(`${box}-imports-no-other-box`, 'boxes meet in the state', { path: `^src/${box}/` }, { path: `^src/(${BOXES.filter((each) => each !== box).join('|')})/` }),
    ),
    forbid('rooms-do-not-import-the-map', 'only main wires', { path: `^src/(${ROOMS.join('|')})/` }, { path: '^src/(main|app\\.module)' }),
    forbid('no-controller-in-a-manager', 'controller → manager, not back', { path: '^src/', pathNot: ['\\.(controller|module)\\.ts$', SPEC] }, { path: '\\.controller\\.ts$' }),
    onlyIn(['@kubernetes/client-node', 'ssh2', 'node-ssh'], ['^src/providers/kubernetes/']),
    onlyIn(['async-mutex', 'node:fs', 'node:fs/promises', 'node:sqlite'], ['^src/state/', '^src/settings', '^src/providers/kubernetes/in-cluster', '^src/http/static-ui']),
    onlyIn(['@nestjs/swagger', 'class-validator'], ['\\.dto\\.ts$', '\\.controller\\.ts$', '^src/http/', '^src/settings\\.ts$']),
    onlyIn(['@nestjs/schedule'], ['^src/health/', '^src/refresh/', '^src/pods/', '^src/state/', '^src/app\\.module\\.ts$']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist', '^frontend', '^src/metadata\\.ts$'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'], extensions: ['.ts', '.js'] },
  },
};
