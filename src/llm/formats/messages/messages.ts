import type { ChatFormat } from '../../pivot/format.ts';
import { sseFraming } from '../../pivot/framing.ts';
import { readError, writeError } from './errors.ts';
import { withoutForeignThoughts } from './foreign-thoughts.ts';
import { ownMembers } from './own-members.ts';
import { readRequest } from './read-request.ts';
import { readResponse } from './read-response.ts';
import { messagesStreamReader } from './stream-reader.ts';
import { messagesStreamWriter } from './stream-writer.ts';
import { writeRequest } from './write-request.ts';
import { writeResponse } from './write-response.ts';

/** Anthropic's Messages API, version 2023-06-01 and later. */
export const messagesFormat: ChatFormat = {
  format: 'messages',
  framing: sseFraming,
  mediaUrls: new Set(['image', 'document']),
  limits: 'anthropic',
  // The API's own event; its clients read every event's data as JSON.
  keepAlive: 'event: ping\ndata: {"type": "ping"}\n\n',
  requestFields: new Map([['anthropic-version', '2023-06-01']]),
  ownMembers,
  readRequest,
  writeRequest,
  withoutForeignThoughts,
  readResponse,
  writeResponse,
  streamReader: messagesStreamReader,
  streamWriter: messagesStreamWriter,
  readError,
  writeError,
};
