import { ApiProperty, OmitType } from '@nestjs/swagger';
import { FAILURE_REASONS } from '../domain/pod-info.js';
import { POD_STATES, type PodState } from '../domain/pod-status.js';
import { RESERVATION_STATES, type ReservationState } from '../domain/reservation.js';
import { AmountsDto, UsageDto } from '../http/amounts.dto.js';
import { PortDto, VariableDto } from './launch.dto.js';

const INSTANT = '2026-11-23T09:30:00.000Z';
const ID = '5f0c7f5e-3a59-4b35-9d0e-6a2f1f0d7c11';

export class ReservationDto {
  @ApiProperty({
    example: 'a3c1d2e4-0f6b-4c7a-8a55-9d0b3f1e2c77',
    description: 'Value of the label berth.dev/reservation',
  })
  readonly id!: string;

  @ApiProperty({ enum: RESERVATION_STATES, example: 'Bound' })
  readonly state!: ReservationState;

  @ApiProperty({ example: INSTANT })
  readonly changedAt!: string;

  @ApiProperty({ example: 1, description: 'Creates begun; more than one means that an earlier answer was lost' })
  readonly createAttempts!: number;
}

export class ContainerDto {
  @ApiProperty({ example: 'main' })
  readonly name!: string;

  @ApiProperty({ example: 'running', enum: ['waiting', 'running', 'terminated'] })
  readonly state!: string;

  @ApiProperty({ example: '', description: "The cluster's own reason, e.g. ImagePullBackOff" })
  readonly reason!: string;

  @ApiProperty({ example: '' })
  readonly message!: string;

  @ApiProperty({ example: null, nullable: true, type: Number })
  readonly exitCode!: number | null;

  @ApiProperty({ example: 0 })
  readonly restartCount!: number;

  @ApiProperty({ example: '', description: 'Why it ended last time, e.g. OOMKilled; empty when it never did' })
  readonly lastReason!: string;
}

export class PodDto {
  @ApiProperty({ example: ID })
  readonly id!: string;

  @ApiProperty({ example: 'web' })
  readonly name!: string;

  @ApiProperty({ example: '0b8f8e0e-6b0f-4f5e-9f6e-2f1f5a3c9d10' })
  readonly serverId!: string;

  @ApiProperty({ example: 'lab-1' })
  readonly serverName!: string;

  @ApiProperty({ example: 'node-1', description: 'The node that the room is reserved on' })
  readonly nodeName!: string;

  @ApiProperty({ enum: POD_STATES, example: 'Running' })
  readonly state!: PodState;

  @ApiProperty({
    example: '',
    description: `Empty when all is well; else one of ${FAILURE_REASONS.join(', ')} or an error code`,
  })
  readonly reason!: string;

  @ApiProperty({ example: '' })
  readonly message!: string;

  @ApiProperty({ type: AmountsDto, example: { cpus: 0.5, memoryGiB: 0.5, storageGiB: 1, gpus: 0 } })
  readonly amounts!: AmountsDto;

  @ApiProperty({ type: ReservationDto })
  readonly reservation!: ReservationDto;

  @ApiProperty({ example: 'registry.test/web:1' })
  readonly image!: string;

  @ApiProperty({ example: [], type: [String] })
  readonly command!: readonly string[];

  @ApiProperty({ example: [], type: [String] })
  readonly args!: readonly string[];

  @ApiProperty({ type: [VariableDto], example: [{ name: 'MODE', value: 'fast' }] })
  readonly env!: readonly VariableDto[];

  @ApiProperty({ type: [PortDto], example: [{ containerPort: 8080, protocol: 'TCP' }] })
  readonly ports!: readonly PortDto[];

  @ApiProperty({ example: 'berth/web-a3c1d2e4', description: 'Namespace and name of its Deployment' })
  readonly clusterName!: string;

  @ApiProperty({ example: 0 })
  readonly restartCount!: number;

  @ApiProperty({ type: [ContainerDto] })
  readonly containers!: readonly ContainerDto[];

  @ApiProperty({ type: UsageDto, nullable: true })
  readonly usage!: UsageDto | null;

  @ApiProperty({ example: 'admin' })
  readonly launchedBy!: string;

  @ApiProperty({ example: INSTANT })
  readonly launchedAt!: string;

  @ApiProperty({ example: INSTANT, nullable: true, type: String })
  readonly startedAt!: string | null;

  @ApiProperty({
    example: INSTANT,
    nullable: true,
    type: String,
    description: 'When the cluster last confirmed this picture',
  })
  readonly observedAt!: string | null;

  @ApiProperty({ example: 2, nullable: true, type: Number, description: 'Age of the picture in seconds' })
  readonly ageSeconds!: number | null;
}

/** A pod in a list: Berth's, or one that a cluster reports beside them. */
export class PodRowDto extends OmitType(PodDto, [
  'id',
  'nodeName',
  'reservation',
  'launchedBy',
  'launchedAt',
] as const) {
  @ApiProperty({ example: ID, description: 'The only one of its value in every list' })
  readonly key!: string;

  @ApiProperty({ example: ID, nullable: true, type: String, description: 'Null: Berth did not launch it' })
  readonly id!: string | null;

  @ApiProperty({ example: 'berth' })
  readonly namespace!: string;

  @ApiProperty({ example: 'node-1', nullable: true, type: String, description: 'Null: the scheduler has not chosen' })
  readonly nodeName!: string | null;

  @ApiProperty({ type: ReservationDto, nullable: true })
  readonly reservation!: ReservationDto | null;

  @ApiProperty({ example: 'admin', nullable: true, type: String })
  readonly launchedBy!: string | null;

  @ApiProperty({ example: INSTANT, nullable: true, type: String, description: 'When it was launched or created' })
  readonly launchedAt!: string | null;
}

export class PodPageDto {
  @ApiProperty({ type: [PodRowDto] })
  readonly items!: readonly PodRowDto[];

  @ApiProperty({ example: 42, description: 'Pods that match, on all pages' })
  readonly total!: number;

  @ApiProperty({ example: null, nullable: true, type: String, description: 'Send it as `cursor` for the next page' })
  readonly nextCursor!: string | null;
}

export class PodEventDto {
  @ApiProperty({ example: 'Warning', enum: ['Normal', 'Warning'] })
  readonly type!: string;

  @ApiProperty({ example: 'Failed' })
  readonly reason!: string;

  @ApiProperty({ example: 'Failed to pull image "registry.test/absent:1"' })
  readonly message!: string;

  @ApiProperty({ example: 3 })
  readonly count!: number;

  @ApiProperty({ example: INSTANT, nullable: true, type: String })
  readonly firstAt!: string | null;

  @ApiProperty({ example: INSTANT, nullable: true, type: String })
  readonly lastAt!: string | null;

  @ApiProperty({ example: 'Pod/web-a3c1d2e4-7d9f8b6c5-x2x7k' })
  readonly object!: string;
}
