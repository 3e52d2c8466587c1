import { KEEP_ALIVE } from '../../../net/http/sse.ts';
import { writeError } from '../../formats/completions/errors.ts';
import type { ClientFormat } from '../../pivot/format.ts';
import { readRequest } from './read-request.ts';
import { LegacyStreamWriter } from './stream-writer.ts';
import { writeResponse } from './write-response.ts';

/**
 * OpenAI's legacy completions (`POST /v1/completions`, openai-node 7.57) for providers that have only chat: the prompt
 * becomes a user turn, the answer's text the completion. Providers that serve it themselves get the client's bytes.
 */
export const legacyCompletionsFormat: ClientFormat = {
  format: 'legacyCompletions',
  keepAlive: KEEP_ALIVE,
  ownMembers: { messages: 'prompt' },
  readRequest,
  writeResponse,
  streamWriter: (context) => new LegacyStreamWriter(context),
  writeError,
};
