import { AT, server } from '../../test/support/domain-fixtures.js';
import { initialObservation } from '../domain/observation.js';
import { StateRepository } from '../state/state.repository.js';
import type { EventClient } from './event-client.js';
import { EventFeed } from './event-feed.js';
import { EventViews } from './event-views.js';

/** Views that take longer to prepare than a slice of the feed's time. */
class SlowViews extends EventViews {
  onPrepare: (serverId: string) => void = () => undefined;
  server = (id: string): string => JSON.stringify({ id });
  pod = (): null => null;
  fleet = (): string => '{}';

  prepare(serverId: string): void {
    const until = performance.now() + 10;
    while (performance.now() < until);
    this.onPrepare(serverId);
  }
}

describe('the event feed', () => {
  it('goes on telling while the fleet never rests', async () => {
    const state = new StateRepository();
    await state.update({ actor: 'test', reason: 'test' }, (draft) => {
      for (const id of ['a', 'b']) Object.assign(draft.servers, { [id]: { server: server(id), pods: {} } });
    });
    const views = new SlowViews();
    const feed = new EventFeed(state, views);
    const move = (id: string): void => state.observe(id, () => initialObservation(AT, 'Online'));
    // Whenever one server was noted, the other has changed again: something is always pending.
    views.onPrepare = (id) => move(id === 'a' ? 'b' : 'a');
    const told = Promise.withResolvers<void>();
    const client: Partial<EventClient> = {
      send: (_id, event) => {
        if (event === 'server') told.resolve();
        return 1;
      },
      together: (run) => run(),
      isChoked: () => false,
    };
    const close = feed.open(client as EventClient, new Set(['fleet', 'servers']), '');
    move('a');
    await told.promise;
    close();
    feed.onModuleDestroy();
    await state.close();
  });
});
