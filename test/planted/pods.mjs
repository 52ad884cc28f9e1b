/** Reserving, launching and giving back: each row takes one defence away. */
const RESERVE = 'src/pods/reserve.spec.ts';
const SETTLER = 'src/pods/pod-settler.spec.ts';
const POLICY = 'src/pods/settle-policy.spec.ts';
const LEDGER = 'src/domain/ledger.spec.ts';
const RESERVATION = 'src/domain/reservation.spec.ts';
const EFFECTIVE = 'src/domain/effective-request.spec.ts';
const SIMULATION = 'test/simulation/fleet.spec.ts';
const env = { BERTH_SIM_SEED: '21', BERTH_SIM_STEPS: '800' };

const edit = (file, find, replace) => ({ file: `src/${file}`, find, replace });
const row = (name, test, ...edits) => ({
  name,
  test,
  ...(test === SIMULATION ? { env } : {}),
  edits: edits.map((each) => edit(...each)),
});

export default [
  // No double booking.
  row('capacity is not checked', RESERVE, [
    'pods/reserve.ts',
    'bestFit(order.amounts, candidates)',
    '(bestFit(order.amounts, candidates) ?? candidates[0])',
  ]),
  row(
    'the check is made outside the update',
    SIMULATION,
    ['pods/pod-manager.ts', 'import { castDraft, type Draft }', 'import { castDraft, type Draft, produce }'],
    [
      'pods/pod-manager.ts',
      'const id = await this.state.update(',
      `const { observed: seen, ...durable } = this.state.read();
    let taken = '';
    const planned = produce(durable, (draft) => {
      taken = reserve(draft, seen, order);
    });
    const id = await this.state.update(`,
    ],
    [
      'pods/pod-manager.ts',
      'reserve(draft, observed, order),\n',
      `{
        for (const [serverId, entry] of Object.entries(planned.servers)) {
          if (entry.pods[taken] && draft.servers[serverId]) draft.servers[serverId].pods[taken] = castDraft(entry.pods[taken]);
        }
        return observed && taken;
      },\n`,
    ],
  ),
  row('capacity instead of allocatable', RESERVE, [
    'domain/node.ts',
    '? node.allocatable : NOTHING',
    '? node.capacity : NOTHING',
  ]),
  row('foreign pods are not counted', LEDGER, [
    'domain/ledger.ts',
    'foreign = add(foreign, pod.request);',
    'foreign = NOTHING;',
  ]),
  row('a managed pod is counted twice', LEDGER, [
    'domain/ledger.ts',
    'if (managed) reported.set(',
    'if (managed) foreign = add(foreign, pod.request);\n    if (managed) reported.set(',
  ]),
  row('a reservation counts only once the cluster shows its pod', LEDGER, [
    'domain/ledger.ts',
    'larger(reservation.amounts, reported.get(reservation.id) ?? NOTHING)',
    '(reported.get(reservation.id) ?? NOTHING)',
  ]),
  row('a pod that takes more than it reserved counts as reserved', LEDGER, [
    'domain/ledger.ts',
    'larger(reservation.amounts, reported.get(reservation.id) ?? NOTHING)',
    'reservation.amounts',
  ]),
  row('a reservation that is being given back no longer counts', LEDGER, [
    'domain/reservation.ts',
    "reservation.state !== 'Released';",
    "reservation.state !== 'Released' && reservation.state !== 'Releasing';",
  ]),
  row('a pod that waits for the scheduler weighs nowhere', LEDGER, [
    'domain/ledger.ts',
    '(pod.nodeName === null && !pod.isUnschedulable)',
    'false',
  ]),
  row('pods that have ended are counted', LEDGER, [
    'domain/pod-info.ts',
    "return pod.phase !== 'Succeeded' && pod.phase !== 'Failed';",
    "return pod.phase !== 'Failed';",
  ]),
  row('overcommit is hidden', LEDGER, [
    'domain/ledger.ts',
    'overcommitted: atLeastZero(subtract(add(reserved, foreign), node?.allocatable ?? NOTHING)),',
    'overcommitted: NOTHING,',
  ]),
  row(
    'a closed node offers room',
    RESERVE,
    ['domain/node.ts', 'closedReason(node) === null ? node.allocatable : NOTHING', 'node.allocatable'],
    ['domain/placement.ts', 'account.closedReason === null && ', ''],
  ),
  row('init containers are summed', EFFECTIVE, [
    'domain/effective-request.ts',
    'larger(running, peak)',
    'add(running, peak)',
  ]),
  row('an offline server accepts launches', RESERVE, [
    'pods/reserve.ts',
    "new Set(['Online', 'Degraded'])",
    "new Set(['Online', 'Degraded', 'Offline'])",
  ]),
  row('a paused server accepts launches', RESERVE, ['pods/reserve.ts', 'if (server.isPaused)', 'if (!server)']),
  row('a server that is being removed accepts launches', RESERVE, [
    'pods/reserve.ts',
    'if (server.isRemoving)',
    'if (!server)',
  ]),
  row('old capacity is believed', RESERVE, [
    'pods/reserve.ts',
    'seen.resources.observedAt < trustedSince',
    "seen.resources.observedAt < ''",
  ]),
  row('two open pods may have one name', RESERVE, ['pods/reserve.ts', 'if (isTaken) {', 'if (!isTaken && !entry) {']),
  row('a GPU is reserved without its kind', RESERVE, [
    'pods/reserve.ts',
    'order.amounts.gpuCount > 0 ?',
    'order.amounts.gpuCount < 0 ?',
  ]),

  // Nothing is freed on a guess.
  row('a timeout releases', SETTLER, [
    'pods/pod-settler.ts',
    "error instanceof ClusterError && error.outcome === 'refused'",
    'error instanceof ClusterError',
  ]),
  row('an unclear create is given up after three attempts', SETTLER, [
    'domain/reservation.ts',
    "reservation.state === 'Creating' ? { ...reservation, code, message } : reservation;",
    "reservation.state !== 'Creating' ? reservation : { ...reservation, code, message, state: reservation.createAttempts > 2 ? 'Released' : 'Creating' };",
  ]),
  row('one missing read releases', SETTLER, ['domain/reservation.ts', 'VANISHED_AFTER = 2', 'VANISHED_AFTER = 1']),
  row('a read that found the pod is forgotten', SETTLER, [
    'domain/reservation.ts',
    '{ ...reservation, missingCount: 0 };',
    'reservation;',
  ]),
  row("a read begun before the create's deadline releases", SETTLER, [
    'domain/reservation.ts',
    'if (reservation.createDeadlineAt !== null && readAt < reservation.createDeadlineAt) return reservation;',
    '',
  ]),
  row('a delete that was accepted releases', SETTLER, [
    'pods/pod-settler.ts',
    'await this.clusters.of(server).deletePod(referenceOf(pod, server), this.#options());\n    await this.#find(server, pod);',
    'await this.clusters.of(server).deletePod(referenceOf(pod, server), this.#options());\n    await this.#change(pod, "gone", (now, at) => foundGone(now, at, at));',
  ]),
  row('a refusal after an unclear attempt releases', RESERVATION, [
    'domain/reservation.ts',
    "state: hasUnclearPast(reservation) ? 'Releasing' : 'Released'",
    "state: 'Released'",
  ]),
  row('a success forgets the attempt before it', RESERVATION, [
    'domain/reservation.ts',
    'hasUnclearPast(reservation) ? reservation.createDeadlineAt : null',
    'null',
  ]),
  row('a launch that is under way is cancelled at once', SETTLER, [
    'domain/reservation.ts',
    "state: reservation.state === 'Held' ? 'Released' : 'Releasing'",
    "state: reservation.state === 'Bound' ? 'Releasing' : 'Released'",
  ]),
  row('a link that cannot be opened fails an unclear launch', SETTLER, [
    'pods/pod-settler.ts',
    "if (pod.reservation.createAttempts > 1 && !code.startsWith('KUBERNETES_')) return;",
    '',
  ]),
  row('a stop of Berth fails what it was about to send', SETTLER, [
    'pods/pod-settler.ts',
    "new Set(['CLOSED', 'SHUTTING_DOWN'])",
    'new Set()',
  ]),
  row('the wall clock alone says that a create is past', SETTLER, [
    'pods/pod-settler.ts',
    "isEarly ? '' : new Date()",
    "isEarly && false ? '' : new Date()",
  ]),
  row('the guard against the wall clock goes with the work', SETTLER, [
    'pods/pod-settler.ts',
    '&& !work.isActive) this.#work.delete(podId);',
    '&& !work.isActive) {\n      this.#work.delete(podId);\n      this.#lateUntil.delete(podId);\n    }',
  ]),
  row('a restart leaves the wall clock alone to say that a create is past', SETTLER, [
    'pods/pod-settler.ts',
    '?? this.#bornAt + this.#lateMs;',
    '?? 0;',
  ]),
  row('a slow disk takes from the lateness of a create', SETTLER, [
    'pods/pod-settler.ts',
    'Math.floor(endsAt - performance.now())',
    'callMs',
  ]),
  row('a reachable server can be overruled', SIMULATION, [
    'pods/pod-manager.ts',
    "if (status === 'Online' || status === 'Degraded') {",
    'if (!pod) {',
  ]),
  row('a server goes before its last pod', SETTLER, [
    'pods/pod-settler.ts',
    'if (entry.server.isRemoving && !hasOpenPods(entry)) delete draft.servers[pod.serverId];',
    'if (entry.server.isRemoving) delete draft.servers[pod.serverId];',
  ]),
  row('old pods are dropped while they are open', POLICY, ['pods/retention.ts', '!isOpen(pod.reservation)', 'pod.id']),
  row('the lateness of a create is not waited for', SETTLER, [
    'pods/pod-settler.ts',
    '(this.settings.pods.callTimeoutSeconds + this.settings.pods.lateCreateSeconds) * 1000',
    'this.settings.pods.callTimeoutSeconds * 1000',
  ]),

  // What is asked is done once, and goes on.
  row('the Idempotency-Key is ignored', SIMULATION, [
    'pods/pod-manager.ts',
    'return once ? { actor, reason, once } : { actor, reason };',
    'return once ? { actor, reason } : { actor, reason };',
  ]),
  row(
    'the create is sent before it is durable that it may have been',
    SETTLER,
    [
      'pods/pod-settler.ts',
      "const begun = await this.#change(pod, 'send the create',",
      "const begun = pod;\n    void this.#change(pod, 'send the create',",
    ],
    ['pods/pod-settler.ts', "if (begun?.reservation.state !== 'Creating') {", 'if (!begun) {'],
  ),
  row('work of an earlier life is left lying', SETTLER, [
    'pods/pod-settler.ts',
    '        this.#consider(entry.server.id, podId, step);\n      }',
    '        if (this.#work.has(podId)) this.#consider(entry.server.id, podId, step);\n      }',
  ]),
  row('two steps of one pod at once', SETTLER, [
    'pods/pod-settler.ts',
    'if (work.isActive || work.nextAt',
    'if (work.nextAt',
  ]),
  row('one slow server holds up the others', SETTLER, [
    'pods/pod-settler.ts',
    'const limit = this.#limits.get(serverId) ?? pLimit(this.settings.pods.settleParallel);\n    this.#limits.set(serverId, limit);',
    "const limit = this.#limits.get('') ?? pLimit(this.settings.pods.settleParallel);\n    this.#limits.set('', limit);",
  ]),
  row('any number of calls at once', SETTLER, [
    'pods/pod-settler.ts',
    '?? pLimit(this.settings.pods.settleParallel)',
    '?? pLimit(1_000)',
  ]),
  row('a paused server is called', SETTLER, ['pods/settle-policy.ts', 'if (server.isPaused) return false;', '']),
  row('an offline server is called', SETTLER, ['pods/settle-policy.ts', "seen.status.state === 'Offline' || ", '']),
  row('another cluster is asked for what was booked on the registered one', SETTLER, [
    'pods/settle-policy.ts',
    'seen.facts.clusterUid === server.clusterUid',
    'server.clusterUid.length > 0',
  ]),
  row('what waits for its turn calls a paused server', SETTLER, [
    'pods/pod-settler.ts',
    '!entry || !pod || !mayCall(entry.server, observed[serverId])',
    '!entry || !pod',
  ]),
  row('a bound pod can be cancelled', SETTLER, [
    'pods/pod-manager.ts',
    "if (now.state === 'Bound')",
    "if (now.state === 'Held')",
  ]),
  row('a vanished pod is never looked for', POLICY, [
    'pods/settle-policy.ts',
    'isMissing(pod, seen) || ',
    'seen === null || ',
  ]),
];
