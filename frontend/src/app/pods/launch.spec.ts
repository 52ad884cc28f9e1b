import { describe, expect, it } from 'vitest';
import type { AmountsDto } from '../api/models/amounts-dto';
import type { NodeDto } from '../api/models/node-dto';
import type { ServerDto } from '../api/models/server-dto';
import {
  closedServer,
  fitting,
  floorAmount,
  missingAt,
  mostFree,
  nearMisses,
  reach,
  smallerShape,
  spotsOf,
} from './fit';
import { checkDraft, EMPTY_DRAFT, withLink } from './launch-draft';
import { joinShell, splitShell } from './shell-words';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const NOTHING: AmountsDto = { cpus: 0, memoryGiB: 0, storageGiB: 0, gpus: 0 };
const amounts = (some: Partial<AmountsDto>): AmountsDto => ({ ...NOTHING, ...some });

function node(name: string, available: Partial<AmountsDto>, closedReason: string | null = null): NodeDto {
  const allocatable = amounts({ cpus: 8, memoryGiB: 32, storageGiB: 100, gpus: available.gpus === undefined ? 0 : 2 });
  const capacity = {
    allocatable,
    available: amounts(available),
    allocated: NOTHING,
    reserved: NOTHING,
    foreign: NOTHING,
    overcommitted: NOTHING,
  };
  return {
    name,
    closedReason,
    capacity,
    usage: null,
    kubeletVersion: '',
    osImage: '',
    architecture: '',
    gpuResource: null,
  };
}

function server(name: string, nodes: NodeDto[], change: Partial<ServerDto> = {}): ServerDto {
  const fields = { id: name, name, nodes, state: 'Online', isPaused: false, isRemoving: false };
  return { ...fields, observedAt: '2026-11-23T09:59:50Z', ...change } as ServerDto;
}

const names = (spots: readonly { server: ServerDto; node: NodeDto }[]): string[] =>
  spots.map((spot) => `${spot.server.name}/${spot.node.name}`);

describe('where a shape fits', () => {
  const asked = amounts({ cpus: 2, memoryGiB: 4 });

  it('takes one node that holds all of it, the one with the least left over first', () => {
    const spots = spotsOf(
      [
        server('a', [node('1', { cpus: 8, memoryGiB: 32 }), node('2', { cpus: 2, memoryGiB: 4 })]),
        server('b', [node('1', { cpus: 1, memoryGiB: 32 }), node('2', { cpus: 8, memoryGiB: 3 })]),
      ],
      NOW,
    );
    expect(names(fitting(asked, spots))).toEqual(['a/2', 'a/1']);
    expect(names(nearMisses(asked, spots, 9).map(({ spot }) => spot))).toEqual(['b/2', 'b/1']);
  });

  it('leaves nodes with GPUs to those who ask for them', () => {
    const rooms = { cpus: 8, memoryGiB: 32, storageGiB: 100 };
    const spots = spotsOf([server('a', [node('gpu', { ...rooms, gpus: 2 }), node('plain', rooms)])], NOW);
    expect(names(fitting(asked, spots))).toEqual(['a/plain', 'a/gpu']);
    expect(names(fitting({ ...asked, gpus: 1 }, spots))).toEqual(['a/gpu']);
  });

  it.each([
    ['paused', { isPaused: true }],
    ['being removed', { isRemoving: true }],
    ['offline', { state: 'Offline' as const }],
    ['not seen yet', { observedAt: null }],
    ['its numbers are too old', { observedAt: '2026-11-23T09:54:00Z' }],
  ])('offers nothing on a server that is %s', (reason, change) => {
    const closed = server('a', [node('1', { cpus: 8, memoryGiB: 32 })], change);
    expect(closedServer(closed, NOW)).toBe(reason);
    const spots = spotsOf([closed], NOW);
    expect(fitting(asked, spots)).toEqual([]);
    expect(mostFree(spots)).toEqual(NOTHING);
  });

  it('offers nothing on a closed node', () => {
    const spots = spotsOf([server('a', [node('1', { cpus: 8, memoryGiB: 32 }, 'the node is cordoned')])], NOW);
    expect(fitting(asked, spots)).toEqual([]);
    expect(nearMisses(asked, spots, 9)).toEqual([]);
  });

  it('does not mind a resource that is not asked for', () => {
    const spots = spotsOf([server('a', [node('1', { cpus: 8, memoryGiB: 32, storageGiB: 0 })])], NOW);
    expect(fitting(asked, spots)).toHaveLength(1);
  });

  it('tells what is missing, and how far one resource reaches with the rest as it is', () => {
    const spots = spotsOf(
      [server('a', [node('1', { cpus: 8, memoryGiB: 2 }), node('2', { cpus: 3, memoryGiB: 32 })])],
      NOW,
    );
    const first = spots[0];
    expect(first && missingAt(asked, first)).toEqual([{ resource: 'memoryGiB', asked: 4, available: 2, missing: 2 }]);
    expect(mostFree(spots)).toMatchObject({ cpus: 8, memoryGiB: 32 });
    expect(reach('cpus', asked, spots)).toBe(3);
    expect(reach('cpus', { ...asked, memoryGiB: 64 }, spots)).toBeNull();
  });
});

describe('the nearest smaller shape', () => {
  it('cuts only what is short, to a number that people would type', () => {
    const shape = smallerShape(amounts({ cpus: 4, memoryGiB: 4 }), amounts({ cpus: 3.579, memoryGiB: 31.9 }));
    expect(shape).toEqual(amounts({ cpus: 3.57, memoryGiB: 4 }));
  });

  it('is none when a resource is used up', () => {
    expect(smallerShape(amounts({ cpus: 4, gpus: 1 }), amounts({ cpus: 8 }))).toBeNull();
  });

  it.each([
    [12.79, 12.7],
    [0.3, 0.3],
    [2.999, 2.99],
    [0.0042, 0.004],
  ])('rounds %d down to %d', (value, floor) => {
    expect(floorAmount('cpus', value)).toBe(floor);
  });
});

describe('words of a shell', () => {
  it.each([
    ['a b  c', ['a', 'b', 'c']],
    [`--name 'two words' "and \\"more\\""`, ['--name', 'two words', 'and "more"']],
    [`a\\ b 'it'\\''s'`, ['a b', "it's"]],
    [`'' ""`, ['', '']],
    [`"C:\\dir" '\\n'`, ['C:\\dir', '\\n']],
    ['  ', []],
    ['$HOME `id` *', ['$HOME', '`id`', '*']],
  ])('splits %s', (text, words) => {
    expect(splitShell(text)).toEqual({ words, problem: '' });
  });

  it('says that a quote is not closed', () => {
    expect(splitShell(`sh -c 'a`).problem).toMatch(/not closed/);
  });

  it('writes what it reads back as the same words', () => {
    const words = ['sh', '-c', `echo "it's" $HOME; exit`, '', 'ä b', '\\', '\n'];
    expect(splitShell(joinShell(words)).words).toEqual(words);
  });
});

describe('the launch form', () => {
  const draft = { ...EMPTY_DRAFT, image: 'ghcr.io/team/app:2' };

  it('makes the smallest request that says it', () => {
    expect(checkDraft(draft)).toEqual({
      problems: {},
      body: { image: 'ghcr.io/team/app:2', cpus: 0.5, memoryGiB: 0.5, storageGiB: 1, gpus: 0 },
    });
  });

  it('sends a node only with its server', () => {
    expect(checkDraft({ ...draft, nodeName: 'n' }).body).not.toHaveProperty('nodeName');
    expect(checkDraft({ ...draft, serverId: 's', nodeName: 'n' }).body).toMatchObject({ serverId: 's', nodeName: 'n' });
  });

  it.each([
    ['image', { image: 'two words' }],
    ['name', { name: 'Web' }],
    ['args', { args: `'open` }],
    ['cpus', { amounts: { ...draft.amounts, cpus: 0 } }],
    ['gpus', { amounts: { ...draft.amounts, gpus: 0.5 } }],
    ['env.1', { env: [{ id: 1, name: '1X', value: '' }] }],
    [
      'env.2',
      {
        env: [
          { id: 1, name: 'A', value: '' },
          { id: 2, name: 'A', value: '' },
        ],
      },
    ],
    ['ports.1', { ports: [{ id: 1, port: '70000', protocol: 'TCP' as const }] }],
  ])('says what is wrong with %s', (field, change) => {
    const { body, problems } = checkDraft({ ...draft, ...change });
    expect(body).toBeNull();
    expect(Object.keys(problems)).toEqual([field]);
  });

  it('is filled by a link, whose nonsense is left out', () => {
    const linked = withLink(draft, { server: 's', cpus: '2.5', memoryGiB: 'lots', gpus: '1.9' });
    expect(linked).toMatchObject({ serverId: 's', amounts: { cpus: 2.5, memoryGiB: 0.5, storageGiB: 1, gpus: 1 } });
  });
});
