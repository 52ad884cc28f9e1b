import type { EditDto } from '../api/models/edit-dto';
import type { ServerDto } from '../api/models/server-dto';
import type { DraftErrors } from './draft-form';
import { splitTags } from './server-draft';
import { checkDetails, isWhole } from './server-draft-checks';

/** What can be changed without connecting; empty intervals mean the default. */
export interface EditDraft {
  readonly name: string;
  readonly tags: string;
  readonly location: string;
  readonly healthIntervalSeconds: string;
  readonly refreshIntervalSeconds: string;
}

const INTERVALS = ['healthIntervalSeconds', 'refreshIntervalSeconds'] as const;
const MAX_SECONDS = 86_400;

export function editDraftOf(server: ServerDto): EditDraft {
  return {
    name: server.name,
    tags: server.tags.join(', '),
    location: server.location,
    healthIntervalSeconds: String(server.healthIntervalSeconds ?? ''),
    refreshIntervalSeconds: String(server.refreshIntervalSeconds ?? ''),
  };
}

export function checkEdit(draft: EditDraft, otherNames: ReadonlySet<string>): DraftErrors<EditDraft> {
  const errors: { -readonly [K in keyof EditDraft]?: string } = { ...checkDetails(draft, otherNames) };
  for (const field of INTERVALS) {
    const text = draft[field].trim();
    if (text !== '' && !isWhole(text, 1, MAX_SECONDS)) errors[field] = `A number from 1 to ${MAX_SECONDS}.`;
  }
  return errors;
}

/** Only what differs from the server. */
export function editBody(draft: EditDraft, server: ServerDto): EditDto {
  const body: EditDto = {};
  const [name, tags, location] = [draft.name.trim(), splitTags(draft.tags), draft.location.trim()];
  if (name !== server.name) body.name = name;
  if (tags.join(' ') !== server.tags.join(' ')) body.tags = tags;
  if (location !== server.location) body.location = location;
  for (const field of INTERVALS) {
    const text = draft[field].trim();
    const seconds = text === '' ? null : Number(text);
    if (seconds !== server[field]) body[field] = seconds;
  }
  return body;
}
