import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject, RequestLine } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import { Extras } from './extras.ts';
import { member, stringOrNull } from './members.ts';
import { readConfig } from './read-config.ts';
import { readContents, readSystem } from './read-contents.ts';
import { readTools } from './read-tools.ts';

const known: ReadonlySet<string> = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
]);
/** Google's own filters, billing and storage; what is cached or sanitised (`cachedContent`, …) means something. */
const hints: ReadonlySet<string> = new Set(['safetySettings', 'labels', 'serviceTier', 'store', 'outputConfig']);

/**
 * Reads a GenerateContentRequest, members in camel or snake case. Its answers always tell usage. Throws LlmBadRequest
 * that names the member at fault.
 */
export function readRequest(body: JsonObject, line: RequestLine): PivotRequest {
  const extras = new Extras();
  const model = line.model ?? stringOrNull(member(body, 'model'), 'model')?.replace(/^models\//, '') ?? '';
  if (model === '') throw new LlmBadRequest('the request names no model', 'model');
  const system = readSystem(member(body, 'systemInstruction'), extras);
  const messages = readContents(member(body, 'contents'), 'contents', extras);
  const { tools, toolChoice } = readTools(body, extras);
  const config = readConfig(body, extras);
  extras.rest(body, known, hints, '');
  return {
    model,
    stream: line.stream ?? false,
    includeUsage: true,
    system,
    messages,
    tools,
    toolChoice,
    parallelTools: null,
    ...config,
    user: null,
    extras: extras.list,
  };
}
