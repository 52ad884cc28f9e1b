import type { ServerDto } from '../api/models/server-dto';

/** The state as a badge shows it: being removed is more than any state. */
export function stateOf({ state, isRemoving }: ServerDto): string {
  return isRemoving ? 'Removing' : state;
}

/** Why it is not simply fine; empty when it is. */
export function reasonOf({ message, refreshError, isRemoving, nodes }: ServerDto): string {
  if (isRemoving) return 'Its pods are being deleted; then it goes.';
  if (message) return message;
  if (refreshError) return refreshError;
  const closed = nodes.find(({ closedReason }) => closedReason !== null);
  return closed ? `${closed.name}: ${closed.closedReason}` : '';
}
