import { CAPACITY_WIDTH, columnOf, KINDS, SHARES, USED, usedColumnOf } from './capacity-row.js';
import type { Columns } from './sampler.js';
import type { CapacitySamplesDto, FleetSamplesDto, ServerSamplesDto, ShareSamplesDto } from './samples.dto.js';
import { COARSE_MS, FINE_MS, type Hours } from './series.js';

type Numbers = readonly (number | null)[];
type Kind = (typeof KINDS)[number];

const DIGITS = 4;

/** JSON knows no NaN, and single precision has no more digits than these. */
function shown(column: readonly number[] | undefined): Numbers {
  return (column ?? []).map((value) => (Number.isNaN(value) ? null : Number(value.toFixed(DIGITS))));
}

function shares({ columns }: Columns, kind: Kind): ShareSamplesDto {
  const [allocatable, reserved, foreign] = SHARES.map((share) => shown(columns[columnOf(kind, share)]));
  return { allocatable: allocatable ?? [], reserved: reserved ?? [], foreign: foreign ?? [] };
}

const used = ({ columns }: Columns, kind: (typeof USED)[number]): Numbers => shown(columns[usedColumnOf(kind)]);

function capacity(all: Columns): CapacitySamplesDto {
  return {
    cpus: Object.assign(shares(all, 'cpus'), { used: used(all, 'cpus') }),
    memoryGiB: Object.assign(shares(all, 'memoryGiB'), { used: used(all, 'memoryGiB') }),
    storageGiB: shares(all, 'storageGiB'),
    gpus: shares(all, 'gpus'),
  };
}

function common(all: Columns, hours: Hours): Pick<ServerSamplesDto, 'from' | 'intervalSeconds' | 'capacity'> {
  return {
    from: new Date(all.fromMs).toISOString(),
    intervalSeconds: (hours === 1 ? FINE_MS : COARSE_MS) / 1_000,
    capacity: capacity(all),
  };
}

export function serverSamples(all: Columns, hours: Hours): ServerSamplesDto {
  const { columns } = all;
  const latencyMs = { link: shown(columns[CAPACITY_WIDTH]), api: shown(columns[CAPACITY_WIDTH + 1]) };
  return { ...common(all, hours), latencyMs };
}

export function fleetSamples(all: Columns, hours: Hours): FleetSamplesDto {
  const { columns } = all;
  const servers = { inTouch: shown(columns[CAPACITY_WIDTH]), total: shown(columns[CAPACITY_WIDTH + 1]) };
  return { ...common(all, hours), servers };
}
