import type { PodRowDto } from '../api/models/pod-row-dto';
import type { ReservationDto } from '../api/models/reservation-dto';

/** A pod that Berth launched, as a row or in full: what actions need of it. Others' pods are only looked at. */
export interface ManagedPod extends Pick<PodRowDto, 'name' | 'serverId' | 'serverName' | 'nodeName' | 'state'> {
  readonly id: string;
  readonly reservation: ReservationDto;
}

/** Null for a pod that Berth did not launch. */
export function managedPod(row: PodRowDto): ManagedPod | null {
  const { id, reservation } = row;
  return id === null || reservation === null ? null : { ...row, id, reservation };
}
