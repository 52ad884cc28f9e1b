/** A Kubernetes node as a NodeInfo. Offers come from `allocatable`, never from `capacity`. */
import type { NodeInfo, Taint } from '../../domain/node.js';
import { gpuResourceOf, offeredAmounts } from './amounts-mapping.js';
import { field, type Fields, fieldsAt, identity, isTrue, NAME_LENGTH, objects, text } from './untrusted.js';

const MAX_TAINTS = 64;
const MAX_CONDITIONS = 64;

/** An effect that Berth does not know keeps pods away, as the strictest known one does. */
function effectOf(taint: Fields): Taint['effect'] {
  const effect = field(taint, 'effect');
  return effect === 'PreferNoSchedule' || effect === 'NoExecute' ? effect : 'NoSchedule';
}

export function mapNode(node: Fields): NodeInfo {
  const [spec, status, info] = [fieldsAt(node, 'spec'), fieldsAt(node, 'status'), fieldsAt(node, 'status', 'nodeInfo')];
  const allocatable = fieldsAt(status, 'allocatable');
  const gpuResource = gpuResourceOf(allocatable);
  return {
    name: identity(fieldsAt(node, 'metadata'), 'name'),
    capacity: offeredAmounts(fieldsAt(status, 'capacity'), gpuResource),
    allocatable: offeredAmounts(allocatable, gpuResource),
    isReady: objects(status, 'conditions', MAX_CONDITIONS).some(
      (each) => field(each, 'type') === 'Ready' && field(each, 'status') === 'True',
    ),
    isCordoned: isTrue(spec, 'unschedulable'),
    taints: objects(spec, 'taints', MAX_TAINTS).map((taint) => ({
      key: text(taint, 'key', NAME_LENGTH),
      value: text(taint, 'value', NAME_LENGTH),
      effect: effectOf(taint),
    })),
    gpuResource,
    kubeletVersion: text(info, 'kubeletVersion', NAME_LENGTH),
    osImage: text(info, 'osImage', NAME_LENGTH),
    architecture: text(info, 'architecture', NAME_LENGTH),
    usage: null,
  };
}
