import type { UpstreamFormat } from '../../pivot/format.ts';
import { readError } from './errors.ts';
import { eventStreamFraming } from './event-stream.ts';
import { readResponse } from './read-response.ts';
import { ConverseStreamReader } from './stream-reader.ts';
import { writeRequest } from './write-request.ts';

/** Amazon Bedrock's Converse and ConverseStream, as the service model of bedrock-runtime has them. */
export const converseFormat: UpstreamFormat = {
  format: 'converse',
  framing: eventStreamFraming,
  mediaUrls: new Set([]),
  writeRequest,
  readResponse,
  streamReader: () => new ConverseStreamReader(),
  readError,
};
