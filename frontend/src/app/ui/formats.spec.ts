import { describe, expect, it } from 'vitest';
import type { CapacityDto } from '../api/models/capacity-dto';
import { ageSeconds, ageWords } from './age-words';
import { formatAmount, formatAmounts, formatShare, shortNumber } from './amount-format';
import { capacityShares } from './capacity-shares';
import { statusWords } from './status-words';

const amounts = (cpus: number) => ({ cpus, memoryGiB: 0, storageGiB: 0, gpus: 0 });
const capacity = (allocatable: number, reserved: number, foreign: number): CapacityDto => ({
  allocatable: amounts(allocatable),
  reserved: amounts(reserved),
  foreign: amounts(foreign),
  allocated: amounts(reserved + foreign),
  available: amounts(allocatable - reserved - foreign),
  overcommitted: amounts(Math.max(0, reserved + foreign - allocatable)),
});

describe('amounts', () => {
  it.each([
    [0, '0'],
    [0.25, '0.25'],
    [1.5, '1.5'],
    [12.34, '12.3'],
    [340.4, '340'],
    [7.999999, '8'],
  ])('writes %d as %s', (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });

  it('has a unit that fits the number', () => {
    expect(formatAmount('cpus', 1)).toBe('1 core');
    expect(formatAmount('cpus', 0.5)).toBe('0.5 cores');
    expect(formatAmount('memoryGiB', 32)).toBe('32 GiB');
    expect(formatAmount('storageGiB', 2_048)).toBe('2 TiB');
    expect(formatAmount('gpus', 2)).toBe('2 GPUs');
    expect(formatShare('cpus', 6, 8)).toBe('6 of 8 cores');
    expect(formatShare('storageGiB', 512, 2_048)).toBe('0.5 of 2 TiB');
  });

  it('leaves out what is not asked for', () => {
    expect(formatAmounts({ cpus: 1, memoryGiB: 2, storageGiB: 0, gpus: 0 })).toBe('1 core, 2 GiB memory');
    expect(formatAmounts(amounts(0))).toBe('nothing');
  });
});

describe('ages', () => {
  it.each([
    [0.4, 'now'],
    [12, '12 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3_600, '1 h'],
    [200_000, '2 d'],
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(ageWords(seconds)).toBe(text);
  });

  it('is never negative, and unknown for what is no instant', () => {
    expect(ageSeconds('1970-01-01T00:00:10.000Z', 5_000)).toBe(0);
    expect(ageSeconds('1970-01-01T00:00:10.000Z', 22_000)).toBe(12);
    expect(ageSeconds(null, 0)).toBeNull();
    expect(ageSeconds('soon', 0)).toBeNull();
  });
});

describe('capacityShares', () => {
  it('measures against what is offered', () => {
    expect(capacityShares(capacity(8, 2, 1), 'cpus', 4)).toEqual({
      reserved: 25,
      foreign: 12.5,
      offer: 100,
      used: 50,
      isOvercommitted: false,
    });
  });

  it('measures against what is claimed when that is more, and marks where the offer ends', () => {
    const shares = capacityShares(capacity(8, 6, 4), 'cpus', null);
    expect(shares).toMatchObject({ reserved: 60, foreign: 40, offer: 80, used: null, isOvercommitted: true });
  });

  it('draws nothing for what is not there', () => {
    expect(capacityShares(capacity(0, 0, 0), 'cpus', 0)).toMatchObject({ reserved: 0, foreign: 0, used: null });
  });
});

describe('statusWords', () => {
  it('shows a state that it does not know by its name', () => {
    expect(statusWords('Brooding')).toEqual({ label: 'Brooding', tone: 'calm', icon: 'circle' });
    expect(statusWords('constructor').label).toBe('constructor');
  });
});
