/** What a reader of the event stream may ask for. */
export const EVENT_TOPICS = ['fleet', 'servers', 'pods'] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

const isTopic = (word: string): word is EventTopic => EVENT_TOPICS.some((topic) => topic === word);

/** `fleet,servers` as a set; all of them when left out. Null: one of the words is no topic. */
export function topicsOf(text: string | undefined): ReadonlySet<EventTopic> | null {
  if (text === undefined) return new Set(EVENT_TOPICS);
  const words = text.split(',');
  const topics = words.filter(isTopic);
  return topics.length === words.length ? new Set(topics) : null;
}
