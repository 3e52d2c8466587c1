import { KEEP_ALIVE } from '../../../net/http/sse.ts';
import type { ChatFormat } from '../../pivot/format.ts';
import { sseFraming } from '../../pivot/framing.ts';
import { readError, writeError } from '../completions/errors.ts';
import { withoutForeignThoughts } from './foreign-thoughts.ts';
import { ownMembers } from './own-members.ts';
import { readRequest } from './read-request.ts';
import { readResponse } from './read-response.ts';
import { ResponsesStreamReader } from './stream-reader.ts';
import { ResponsesStreamWriter } from './stream-writer.ts';
import { writeRequest } from './write-request.ts';
import { writeResponse } from './write-response.ts';

/** OpenAI Responses (`POST /v1/responses`), as openai-node 7.57 types it. Errors have the shape of all of OpenAI's APIs. */
export const responsesFormat: ChatFormat = {
  format: 'responses',
  framing: sseFraming,
  mediaUrls: new Set(['image', 'document']),
  limits: 'openai',
  freeform: true,
  keepAlive: KEEP_ALIVE,
  ownMembers,
  readRequest,
  writeRequest,
  withoutForeignThoughts,
  readResponse,
  writeResponse,
  streamReader: () => new ResponsesStreamReader(),
  streamWriter: (context) => new ResponsesStreamWriter(context),
  readError,
  writeError,
};
