import type { ChatFormat } from '../../pivot/format.ts';
import { readError, writeError } from './errors.ts';
import { generateContentFraming } from './framing.ts';
import { withoutForeignThoughts } from './foreign-thoughts.ts';
import { ownMembers } from './own-members.ts';
import { readRequest } from './read-request.ts';
import { readResponse } from './read-response.ts';
import { GenerateContentStreamReader } from './stream-reader.ts';
import { GenerateContentStreamWriter } from './stream-writer.ts';
import { writeRequest } from './write-request.ts';
import { writeResponse } from './write-response.ts';

/** Google's generateContent, of the Gemini API (v1beta) and of Vertex AI (v1). */
export const generateContentFormat: ChatFormat = {
  format: 'generateContent',
  framing: generateContentFraming,
  mediaUrls: new Set([]),
  // Its clients read every line as JSON.
  keepAlive: '',
  ownMembers,
  readRequest,
  writeRequest,
  withoutForeignThoughts,
  readResponse,
  writeResponse,
  streamReader: () => new GenerateContentStreamReader(),
  streamWriter: (context) => new GenerateContentStreamWriter(context),
  readError,
  writeError,
};
