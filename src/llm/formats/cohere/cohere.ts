import type { UpstreamFormat } from '../../pivot/format.ts';
import { sseFraming } from '../../pivot/framing.ts';
import { readError } from './errors.ts';
import { readResponse } from './read-response.ts';
import { CohereStreamReader } from './stream-reader.ts';
import { writeRequest } from './write-request.ts';

/** Cohere's chat, version 2 (`POST /v2/chat`), as its API reference and cohere-ai 8.1 have it. */
export const cohereFormat: UpstreamFormat = {
  format: 'cohereChat',
  framing: sseFraming,
  mediaUrls: new Set(['image']),
  writeRequest,
  readResponse,
  streamReader: () => new CohereStreamReader(),
  readError,
};
