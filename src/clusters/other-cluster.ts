import type { ConnectionFacts, ServerRecord } from '../domain/server.js';

/** Whether another cluster answers at the address than the one that was registered. False while either uid is unknown. */
export function isOtherCluster(server: ServerRecord, facts: ConnectionFacts | null): boolean {
  if (server.clusterUid === '' || !facts || facts.clusterUid === '') return false;
  return facts.clusterUid !== server.clusterUid;
}
