/**
 * A cluster that answers as a test tells it, call by call. Without a script it does what is asked, at once. It keeps what it was made to
 * create, so that a test can count objects and not only calls.
 */
import { ClusterError, type ErrorCode } from '../../src/domain/errors.js';
import type { PodEvent } from '../../src/domain/pod-info.js';
import type { PodOrder, PodReference } from '../../src/domain/pod.js';
import {
  type CallOptions,
  ClusterProvider,
  type ClusterSnapshot,
  type PodFinding,
  type ProbeReport,
  type UsageReport,
} from '../../src/providers/cluster-provider.js';
import { ProviderFactory } from '../../src/providers/provider-registry.js';

export type ScriptedCall = 'createPod' | 'deletePod' | 'findPod';

export type Script =
  | { readonly kind: 'refuse'; readonly code: ErrorCode }
  /** Never arrives. */
  | { readonly kind: 'lose-request'; readonly code: ErrorCode }
  /** Done, and nobody hears of it. */
  | { readonly kind: 'lose-answer'; readonly code: ErrorCode }
  /** Nobody hears of it, and it is done when `cluster.arrive()` is called. */
  | { readonly kind: 'late'; readonly code: ErrorCode }
  /** Answers when `cluster.answer()` is called, then does what `next` says. */
  | { readonly kind: 'hold'; readonly next?: Script }
  /** A mistake of ours in the adapter. */
  | { readonly kind: 'throw'; readonly error: Error };

const WORDS = 'The test says so.';

export class ScriptedCluster extends ClusterProvider {
  readonly calls: { readonly call: ScriptedCall; readonly objectName: string }[] = [];
  /** By object name; an object is never made twice. */
  readonly objects = new Map<string, PodReference>();
  /** Objects ever made: more than the reservations would be double effects. */
  made = 0;
  /** True: a delete removes at once. */
  isPrompt = true;
  isClosed = false;
  readonly #scripts = new Map<ScriptedCall, Script[]>();
  #late: (() => void)[] = [];
  #held: (() => void)[] = [];

  script(call: ScriptedCall, ...scripts: readonly Script[]): void {
    this.#scripts.set(call, [...(this.#scripts.get(call) ?? []), ...scripts]);
  }

  count(call: ScriptedCall): number {
    return this.calls.filter((each) => each.call === call).length;
  }

  /** What was late takes effect now. */
  arrive(): void {
    for (const effect of this.#late.splice(0)) effect();
  }

  answer(): void {
    for (const release of this.#held.splice(0)) release();
  }

  get heldCount(): number {
    return this.#held.length;
  }

  createPod({ reference }: PodOrder, options: CallOptions): Promise<void> {
    return this.#call('createPod', reference, options, () => {
      if (this.objects.has(reference.objectName)) return;
      this.objects.set(reference.objectName, reference);
      this.made += 1;
    });
  }

  deletePod(reference: PodReference, options: CallOptions): Promise<void> {
    return this.#call('deletePod', reference, options, () => {
      if (this.isPrompt) this.objects.delete(reference.objectName);
    });
  }

  findPod(reference: PodReference, options: CallOptions): Promise<PodFinding> {
    return this.#call('findPod', reference, options, () =>
      this.objects.has(reference.objectName)
        ? { found: 'present', isTerminating: false, pods: [] }
        : { found: 'gone' as const },
    );
  }

  async #call<T>(call: ScriptedCall, reference: PodReference, options: CallOptions, effect: () => T): Promise<T> {
    this.calls.push({ call, objectName: reference.objectName });
    return this.#follow(this.#scripts.get(call)?.shift(), options, effect);
  }

  async #follow<T>(script: Script | undefined, options: CallOptions, effect: () => T): Promise<T> {
    if (this.isClosed) throw new ClusterError('CLOSED', WORDS, 'refused');
    switch (script?.kind) {
      case undefined:
        return effect();
      case 'refuse':
        throw new ClusterError(script.code, WORDS, 'refused');
      case 'lose-request':
        throw new ClusterError(script.code, WORDS, 'unclear');
      case 'lose-answer':
        effect();
        throw new ClusterError(script.code, WORDS, 'unclear');
      case 'late':
        this.#late.push(effect);
        throw new ClusterError(script.code, WORDS, 'unclear');
      case 'throw':
        throw script.error;
      case 'hold':
        await this.#heldUntilAnswered(options);
        return this.#follow(script.next, options, effect);
    }
  }

  async #heldUntilAnswered({ signal }: CallOptions): Promise<void> {
    const answered = Promise.withResolvers<void>();
    this.#held.push(answered.resolve);
    signal?.addEventListener('abort', () => answered.reject(new ClusterError('CLOSED', WORDS, 'unclear')));
    await answered.promise;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  probe(): Promise<ProbeReport> {
    return Promise.resolve({
      steps: [],
      facts: {
        kubernetesVersion: '',
        clusterUid: '',
        isTunnelled: false,
        isRbacOn: null,
        certificateExpiresAt: null,
        kubeconfigSource: '',
      },
    });
  }

  observe(): Promise<ClusterSnapshot> {
    return Promise.resolve({ nodes: [], pods: [], cursor: '' });
  }

  watch(): ReturnType<ClusterProvider['watch']> {
    return Promise.resolve({ end: 'expired' });
  }

  usage(): Promise<UsageReport | null> {
    return Promise.resolve(null);
  }

  async *logs(): AsyncGenerator<string> {
    yield '';
  }

  events(): Promise<PodEvent[]> {
    return Promise.resolve([]);
  }
}

/** Opens the same cluster for whoever asks, open again after a close. */
export class ScriptedFactory extends ProviderFactory {
  constructor(readonly cluster: ScriptedCluster) {
    super();
  }

  open(): ClusterProvider {
    this.cluster.isClosed = false;
    return this.cluster;
  }
}
