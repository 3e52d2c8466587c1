import { KEEP_ALIVE } from '../../../net/http/sse.ts';
import type { ChatFormat } from '../../pivot/format.ts';
import { sseFraming } from '../../pivot/framing.ts';
import { readError, writeError } from './errors.ts';
import { withoutForeignThoughts } from './foreign-thoughts.ts';
import { ownMembers } from './own-members.ts';
import { readRequest } from './read-request.ts';
import { readResponse } from './read-response.ts';
import { CompletionsStreamReader } from './stream-reader.ts';
import { CompletionsStreamWriter } from './stream-writer.ts';
import { writeRequest } from './write-request.ts';
import { writeResponse } from './write-response.ts';

/** OpenAI Chat Completions (`POST /v1/chat/completions`), as its API reference and openai-node 6.49 have it. */
export const completionsFormat: ChatFormat = {
  format: 'completions',
  framing: sseFraming,
  mediaUrls: new Set(['image']),
  limits: 'openai',
  keepAlive: KEEP_ALIVE,
  ownMembers,
  readRequest,
  writeRequest,
  withoutForeignThoughts,
  readResponse,
  writeResponse,
  streamReader: () => new CompletionsStreamReader(),
  streamWriter: (context) => new CompletionsStreamWriter(context),
  readError,
  writeError,
};
