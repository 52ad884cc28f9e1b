import type { ClusterError } from '../../domain/errors.js';
import { refused } from './dial-errors.js';

export const kubeconfigInvalid = (why: string): ClusterError =>
  refused('KUBECONFIG_INVALID', `The kubeconfig cannot be used: ${why}`);

/** @param field as the kubeconfig spells it */
export const fieldNotAllowed = (field: string, why: string): ClusterError =>
  refused('KUBECONFIG_FIELD_NOT_ALLOWED', `The kubeconfig has \`${field}\`: ${why}`, { field });
