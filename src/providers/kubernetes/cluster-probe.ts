/** Is the API server alive, and what should a user know about the connection? */
import type { ConnectionFacts } from '../../domain/server.js';
import type { CallOptions, ProbeReport } from '../cluster-provider.js';
import { clusterError, StatusError } from './api-errors.js';
import { shrinking } from './deadline.js';
import type { KubeCalls } from './kube-calls.js';
import type { KubeLink } from './kube-link.js';
import { PATHS } from './kube-names.js';
import { badResponse, field, fieldsAt, identity, text } from './untrusted.js';

/** How long the answer about RBAC is believed: it changes when somebody reconfigures the API server. */
const RBAC_MAX_AGE_MS = 10 * 60_000;

/** A user whom nobody has given any right: where this one may do everything, everybody may. */
const NOBODY = 'berth-check:nobody';

export class ClusterProbe {
  #rbac: { readonly isOn: boolean | null; readonly askedAt: number } | null = null;

  constructor(
    private readonly link: KubeLink,
    private readonly calls: KubeCalls,
  ) {}

  /** @throws ClusterError of the first step that fails */
  async run(options: CallOptions): Promise<ProbeReport> {
    const remaining = shrinking(options);
    const beganAt = performance.now();
    const session = await this.link.open(options);
    const linkedAt = performance.now();
    options.onStep?.('open');
    const version = text(await this.calls.json({ method: 'GET', path: PATHS.version }, remaining()), 'gitVersion', 64);
    const answeredAt = performance.now();
    if (version === '') throw badResponse('the server does not say which Kubernetes it is');
    options.onStep?.('api');
    const facts: ConnectionFacts = {
      kubernetesVersion: version,
      clusterUid: await this.#clusterUid(remaining()),
      isTunnelled: session.isTunnelled,
      isRbacOn: await this.#isRbacOn(remaining()),
      certificateExpiresAt: session.certificateExpiresAt(),
      kubeconfigSource: session.kubeconfigSource,
    };
    return {
      steps: [
        { step: 'link', latencyMs: Math.round(linkedAt - beganAt) },
        { step: 'api', latencyMs: Math.round(answeredAt - linkedAt) },
      ],
      facts,
    };
  }

  /** Asked every time: another cluster may answer at the same address one day. Empty when the account may not see it. */
  async #clusterUid(options: CallOptions): Promise<string> {
    try {
      const found = await this.calls.json({ method: 'GET', path: `${PATHS.namespaces}/kube-system` }, options, true);
      return identity(fieldsAt(found, 'metadata'), 'uid');
    } catch (error) {
      if (error instanceof StatusError && (error.status === 403 || error.status === 404)) return '';
      throw clusterError(error, false);
    }
  }

  async #isRbacOn(options: CallOptions): Promise<boolean | null> {
    const known = this.#rbac;
    if (known !== null && performance.now() - known.askedAt < RBAC_MAX_AGE_MS) return known.isOn;
    const isOn = await this.#askRbac(options);
    this.#rbac = { isOn, askedAt: performance.now() };
    return isOn;
  }

  /** Null when the account may not ask: the probe does not fail for it. */
  async #askRbac(options: CallOptions): Promise<boolean | null> {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: NOBODY, resourceAttributes: { verb: '*', group: '*', version: '*', resource: '*' } },
    };
    try {
      const answer = await this.calls.json({ method: 'POST', path: PATHS.accessReviews, body }, options);
      const isAllowed = field(fieldsAt(answer, 'status'), 'allowed');
      return typeof isAllowed === 'boolean' ? !isAllowed : null;
    } catch {
      return null;
    }
  }
}
