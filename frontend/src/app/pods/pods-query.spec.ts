import { describe, expect, it } from 'vitest';
import { statusWords } from '../ui/status-words';
import { POD_STATES } from './pods-query';

describe('the states of pods', () => {
  it('each have a word and a drawing of their own', () => {
    const unknown = POD_STATES.filter((state) => statusWords(state).icon === 'circle');
    expect(unknown).toEqual([]);
  });
});
