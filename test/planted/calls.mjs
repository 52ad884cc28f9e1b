// Bugs planted in what Berth says to a Kubernetes API: each must turn its test red.
const FAKE = 'test/contract/fake-kubernetes.spec.ts';
const HOSTILE = 'test/contract/hostile-api.spec.ts';
const MAPPING = 'src/providers/kubernetes/mapping.spec.ts';
const GUARD = 'src/providers/kubernetes/json-guard.spec.ts';
const CLAIM = 'src/domain/effective-request.spec.ts';
const QUANTITY = 'src/domain/quantity.spec.ts';
const room = (name) => `src/providers/kubernetes/${name}.ts`;

export default [
  {
    name: 'init containers are summed',
    test: CLAIM,
    edits: [
      {
        file: 'src/domain/effective-request.ts',
        find: 'peak = larger(peak, add(asked, sidecars));',
        replace: 'peak = add(peak, asked);',
      },
    ],
  },
  {
    name: 'what will never fit is counted while a pod is resized',
    test: MAPPING,
    edits: [
      {
        file: 'src/domain/effective-request.ts',
        find: 'return isInfeasible ? held : larger(vector(asked), held);',
        replace: 'return larger(vector(asked), held);',
      },
    ],
  },
  {
    name: 'an unreadable request counts as nothing',
    test: MAPPING,
    edits: [
      {
        file: room('amounts-mapping'),
        find: 'amount(value, read, Number.MAX_SAFE_INTEGER)',
        replace: 'amount(value, read, 0)',
      },
    ],
  },
  {
    name: 'quantities are rounded down',
    test: QUANTITY,
    edits: [
      { file: 'src/domain/quantity.ts', find: '(product + divisor - 1n) / divisor', replace: 'product / divisor' },
    ],
  },
  {
    name: 'a node offers its capacity instead of what is allocatable',
    test: MAPPING,
    edits: [
      {
        file: room('node-mapping'),
        find: 'allocatable: offeredAmounts(allocatable, gpuResource)',
        replace: "allocatable: offeredAmounts(fieldsAt(status, 'capacity'), gpuResource)",
      },
    ],
  },
  {
    name: 'an unknown taint keeps nobody away',
    test: MAPPING,
    edits: [
      { file: room('node-mapping'), find: "? effect : 'NoSchedule';", replace: "? effect : 'PreferNoSchedule';" },
    ],
  },
  {
    name: 'redirects are followed',
    test: HOSTILE,
    edits: [
      { file: room('kube-calls'), find: 'if (status >= 300 && status < 400)', replace: 'if (status === 399)' },
      {
        file: room('kube-calls'),
        find: '    this.#heedRetryAfter(reader);\n',
        replace:
          '    if (reader.status === 302) return this.#exchangeJson({ ...call, path: new URL(String(reader.headers.location), session.baseUrl).pathname }, deadline, options);\n',
      },
    ],
  },
  {
    name: 'a 5xx is taken for a refusal',
    test: FAKE,
    edits: [
      {
        file: room('api-errors'),
        find: 'new Set([400, 401, 403, 404, 405, 406, 413, 415, 422])',
        replace: 'new Set([400, 401, 403, 404, 405, 406, 413, 415, 422, 500, 502, 503, 504])',
      },
    ],
  },
  {
    name: 'a 429 is taken for a refusal',
    test: FAKE,
    edits: [
      {
        file: room('api-errors'),
        find: 'new Set([400, 401, 403, 404, 405, 406, 413, 415, 422])',
        replace: 'new Set([400, 401, 403, 404, 405, 406, 413, 415, 422, 429])',
      },
    ],
  },
  {
    name: 'a broken connection is taken for a refusal',
    test: FAKE,
    edits: [
      {
        file: room('api-errors'),
        find: 'const wasSent = error instanceof ExchangeError ? error.wasSent : false;',
        replace: 'const wasSent = false;',
      },
    ],
  },
  {
    name: 'the fate of a pod is read from a cache',
    test: FAKE,
    edits: [{ file: room('pod-find'), find: 'limit: 500 }', replace: "limit: 500, resourceVersion: '0' }" }],
  },
  {
    name: 'a pod is gone although its ReplicaSet is left',
    test: FAKE,
    edits: [
      {
        file: room('pod-find'),
        find: 'deployment === null ? [...replicaSets, ...pods] : [deployment]',
        replace: 'deployment === null ? [] : [deployment]',
      },
    ],
  },
  {
    name: 'any 404 means gone',
    test: FAKE,
    edits: [
      {
        file: room('pod-find'),
        find: 'if (error.isNotFound(reference.objectName)) return null;',
        replace: 'if (error.status === 404) return null;',
      },
    ],
  },
  {
    name: 'whoever has the name, a 409 is success',
    test: FAKE,
    edits: [{ file: room('pod-create'), find: 'if (!isOurs(found, reference)) {', replace: 'if (false) {' }],
  },
  {
    name: 'a Deployment is deleted whoever owns it',
    test: FAKE,
    edits: [
      { file: room('pod-find'), find: 'return isOurs(found, reference) ? found : null;', replace: 'return found;' },
    ],
  },
  {
    name: 'the depth of an answer is not looked at',
    test: GUARD,
    edits: [
      {
        file: room('json-guard'),
        find: 'if (++this.#depth > this.#limits.maxDepth)',
        replace: 'if (++this.#depth < 0)',
      },
    ],
  },
  {
    name: 'names go into paths unchecked',
    test: HOSTILE,
    edits: [{ file: room('kube-names'), find: 'if (!LABEL.test(name)) throw invalid(what);', replace: '' }],
  },
  {
    name: 'a silent watch is waited for',
    test: FAKE,
    edits: [
      {
        file: room('watch-stream'),
        find: 'const spoken = () => deadline.within(this.options.timeoutMs);',
        replace: 'const spoken = () => deadline.within(null);',
      },
    ],
  },
  {
    name: 'a watch told 410 goes on failing',
    test: FAKE,
    edits: [
      { file: room('watch-stream'), find: '(error instanceof StatusError && error.status === 410)', replace: 'false' },
    ],
  },
  {
    name: 'a log piles up while nobody reads it',
    test: HOSTILE,
    edits: [{ file: room('pod-logs'), find: 'if (this.#bytes > HIGH_WATER_BYTES) this.#flow?.pause();', replace: '' }],
  },
  {
    name: 'Retry-After is not heeded',
    test: FAKE,
    edits: [
      {
        file: room('kube-calls'),
        find: 'if (seconds > 0) this.#quietUntil',
        replace: 'if (seconds < 0) this.#quietUntil',
      },
    ],
  },
];
