import { ApiProperty } from '@nestjs/swagger';
import { HEALTH_CHECKS, SERVER_STATES, type ServerState } from '../domain/server.js';
import { AmountsDto, UsageDto } from '../http/amounts.dto.js';
import { REACH_STEPS, type ReachStep } from '../providers/cluster-provider.js';

const INSTANT = '2026-11-23T09:30:00.000Z';
const SERVER_ID = '0b8f8e0e-6b0f-4f5e-9f6e-2f1f5a3c9d10';
const AMOUNTS = { cpus: 8, memoryGiB: 32, storageGiB: 100, gpus: 2 };
const NOTHING = { cpus: 0, memoryGiB: 0, storageGiB: 0, gpus: 0 };

export class HostKeyDto {
  @ApiProperty({ example: 'ssh-ed25519' })
  readonly type!: string;

  @ApiProperty({ example: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU' })
  readonly fingerprint!: string;
}

export class ConnectionDto {
  @ApiProperty({ enum: ['ssh', 'kubeconfig', 'in-cluster', 'sandbox'], example: 'ssh' })
  readonly kind!: string;

  @ApiProperty({ example: 'azureuser@203.0.113.10:22', description: 'Where it leads, for people' })
  readonly address!: string;

  @ApiProperty({ type: HostKeyDto, nullable: true })
  readonly hostKey!: HostKeyDto | null;

  @ApiProperty({ example: true })
  readonly useTunnel!: boolean;

  @ApiProperty({
    example: 'password',
    nullable: true,
    type: String,
    description: 'Kind of the stored credential; never its value',
  })
  readonly credential!: string | null;
}

export class CapacityDto {
  @ApiProperty({ type: AmountsDto, example: AMOUNTS, description: 'What the nodes offer to pods' })
  readonly allocatable!: AmountsDto;

  @ApiProperty({ type: AmountsDto, example: { ...NOTHING, cpus: 2 }, description: 'reserved + foreign' })
  readonly allocated!: AmountsDto;

  @ApiProperty({ type: AmountsDto, example: { ...NOTHING, cpus: 1.5 }, description: 'Claimed through Berth' })
  readonly reserved!: AmountsDto;

  @ApiProperty({ type: AmountsDto, example: { ...NOTHING, cpus: 0.5 }, description: 'Requested by other pods' })
  readonly foreign!: AmountsDto;

  @ApiProperty({ type: AmountsDto, example: { ...AMOUNTS, cpus: 6 }, description: 'What can be reserved now' })
  readonly available!: AmountsDto;

  @ApiProperty({ type: AmountsDto, example: NOTHING, description: 'Claims beyond what the nodes offer' })
  readonly overcommitted!: AmountsDto;
}

export class HealthCheckDto {
  @ApiProperty({ enum: HEALTH_CHECKS, example: 'link' })
  readonly name!: string;

  @ApiProperty({ enum: ['pass', 'warn', 'fail', 'skipped'], example: 'pass' })
  readonly result!: string;

  @ApiProperty({ example: 3.2, nullable: true, type: Number })
  readonly latencyMs!: number | null;

  @ApiProperty({ example: '' })
  readonly message!: string;
}

export class ConnectionFactsDto {
  @ApiProperty({ example: 'v1.36.4' })
  readonly kubernetesVersion!: string;

  @ApiProperty({ example: '8f7d3a52-0c1e-4a57-8f55-7be4a0a1d3f0', description: 'Uid of the kube-system namespace' })
  readonly clusterUid!: string;

  @ApiProperty({ example: true, description: 'The Kubernetes API is reached through SSH' })
  readonly isTunnelled!: boolean;

  @ApiProperty({
    example: true,
    nullable: true,
    type: Boolean,
    description: 'False: every accepted token is cluster-admin; cure: microk8s enable rbac',
  })
  readonly isRbacOn!: boolean | null;

  @ApiProperty({ example: '2027-11-23T09:30:00.000Z', nullable: true, type: String })
  readonly certificateExpiresAt!: string | null;

  @ApiProperty({ example: 'microk8s config -l' })
  readonly kubeconfigSource!: string;
}

export class NodeDto {
  @ApiProperty({ example: 'node-1' })
  readonly name!: string;

  @ApiProperty({
    example: null,
    nullable: true,
    type: String,
    description: 'Why it takes no new pods; null when it does',
  })
  readonly closedReason!: string | null;

  @ApiProperty({ type: CapacityDto })
  readonly capacity!: CapacityDto;

  @ApiProperty({ type: UsageDto, nullable: true })
  readonly usage!: UsageDto | null;

  @ApiProperty({ example: 'v1.36.4' })
  readonly kubeletVersion!: string;

  @ApiProperty({ example: 'Ubuntu 24.04.3 LTS' })
  readonly osImage!: string;

  @ApiProperty({ example: 'amd64' })
  readonly architecture!: string;

  @ApiProperty({ example: 'nvidia.com/gpu', nullable: true, type: String })
  readonly gpuResource!: string | null;
}

export class PodCountsDto {
  @ApiProperty({ example: 3, description: 'Launched by Berth and not over' })
  readonly managed!: number;

  @ApiProperty({ example: 12, description: 'Of others, alive' })
  readonly foreign!: number;
}

export class ServerDto {
  @ApiProperty({ example: SERVER_ID })
  readonly id!: string;

  @ApiProperty({ example: 'lab-1' })
  readonly name!: string;

  @ApiProperty({ example: ['gpu'], type: [String] })
  readonly tags!: readonly string[];

  @ApiProperty({ example: 'Basel, rack 4' })
  readonly location!: string;

  @ApiProperty({ enum: SERVER_STATES, example: 'Online' })
  readonly state!: ServerState;

  @ApiProperty({ example: '', description: 'An error code when something is wrong' })
  readonly code!: string;

  @ApiProperty({ example: '', description: 'What is wrong and what to do' })
  readonly message!: string;

  @ApiProperty({ example: INSTANT, description: 'Since when it is in this state' })
  readonly since!: string;

  @ApiProperty({ type: ConnectionDto })
  readonly connection!: ConnectionDto;

  @ApiProperty({ type: CapacityDto, description: 'Over all nodes' })
  readonly capacity!: CapacityDto;

  @ApiProperty({ type: UsageDto, nullable: true, description: 'Over the nodes that report it' })
  readonly usage!: UsageDto | null;

  @ApiProperty({ type: PodCountsDto })
  readonly pods!: PodCountsDto;

  @ApiProperty({ type: [NodeDto] })
  readonly nodes!: readonly NodeDto[];

  @ApiProperty({ type: [HealthCheckDto] })
  readonly checks!: readonly HealthCheckDto[];

  @ApiProperty({ example: INSTANT, nullable: true, type: String })
  readonly checkedAt!: string | null;

  @ApiProperty({ type: ConnectionFactsDto, nullable: true })
  readonly facts!: ConnectionFactsDto | null;

  @ApiProperty({ example: null, nullable: true, type: String, description: 'Why the last refresh failed' })
  readonly refreshError!: string | null;

  @ApiProperty({ example: 'berth' })
  readonly namespace!: string;

  @ApiProperty({ example: false })
  readonly isPaused!: boolean;

  @ApiProperty({ example: false, description: 'Its pods are being deleted; then it goes' })
  readonly isRemoving!: boolean;

  @ApiProperty({ example: null, nullable: true, type: Number })
  readonly healthIntervalSeconds!: number | null;

  @ApiProperty({ example: null, nullable: true, type: Number })
  readonly refreshIntervalSeconds!: number | null;

  @ApiProperty({ example: INSTANT })
  readonly registeredAt!: string;

  @ApiProperty({
    example: INSTANT,
    nullable: true,
    type: String,
    description: 'When the cluster last confirmed nodes and pods',
  })
  readonly observedAt!: string | null;

  @ApiProperty({ example: 2, nullable: true, type: Number, description: 'Age of nodes and pods in seconds' })
  readonly ageSeconds!: number | null;
}

export class ServerListDto {
  @ApiProperty({ type: [ServerDto] })
  readonly items!: readonly ServerDto[];
}

export class ClusterPodDto {
  @ApiProperty({ example: 'kube-system' })
  readonly namespace!: string;

  @ApiProperty({ example: 'coredns-7d9f8b6c5-x2x7k' })
  readonly name!: string;

  @ApiProperty({ example: 'node-1', nullable: true, type: String })
  readonly nodeName!: string | null;

  @ApiProperty({ example: 'Running' })
  readonly phase!: string;

  @ApiProperty({
    example: null,
    nullable: true,
    type: String,
    description: "Berth's pod that it belongs to; null: foreign",
  })
  readonly podId!: string | null;

  @ApiProperty({
    example: false,
    description: "It carries Berth's label, but no open reservation is known; it counts as foreign",
  })
  readonly isOrphan!: boolean;

  @ApiProperty({ type: AmountsDto, example: { ...NOTHING, cpus: 0.1 } })
  readonly amounts!: AmountsDto;

  @ApiProperty({ type: UsageDto, nullable: true })
  readonly usage!: UsageDto | null;
}

export class TrialStepDto {
  @ApiProperty({ enum: REACH_STEPS, example: 'login' })
  readonly step!: ReachStep;

  @ApiProperty({ example: 38, description: 'Since the step before, milliseconds' })
  readonly latencyMs!: number;
}

export class TrialDto {
  @ApiProperty({ type: [TrialStepDto], description: 'Steps that were passed, in order' })
  readonly steps!: readonly TrialStepDto[];

  @ApiProperty({ type: ConnectionFactsDto })
  readonly facts!: ConnectionFactsDto;
}

export class ServerCountsDto {
  @ApiProperty({ example: 3 })
  readonly total!: number;

  @ApiProperty({
    example: { Online: 2, Offline: 1 },
    description: 'Servers by state',
    type: 'object',
    additionalProperties: { type: 'integer' },
  })
  readonly byState!: Readonly<Record<string, number>>;
}

export class FleetDto {
  @ApiProperty({ type: ServerCountsDto })
  readonly servers!: ServerCountsDto;

  @ApiProperty({ type: PodCountsDto })
  readonly pods!: PodCountsDto;

  @ApiProperty({ example: 4 })
  readonly nodes!: number;

  @ApiProperty({ type: CapacityDto })
  readonly capacity!: CapacityDto;

  @ApiProperty({ type: UsageDto, nullable: true })
  readonly usage!: UsageDto | null;

  @ApiProperty({ example: 42, description: 'Revision of the state' })
  readonly revision!: number;

  @ApiProperty({
    example: INSTANT,
    nullable: true,
    type: String,
    description: 'When the oldest picture in these sums was confirmed',
  })
  readonly observedAt!: string | null;

  @ApiProperty({ example: 2, nullable: true, type: Number })
  readonly ageSeconds!: number | null;
}

export class RemovedDto {
  @ApiProperty({ example: true, description: 'False: its pods are being deleted first' })
  readonly isGone!: boolean;
}
