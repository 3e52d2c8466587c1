import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import { compact, type Written } from './members.ts';
import { writeConfig } from './write-config.ts';
import { writeContents } from './write-contents.ts';
import { target, type WriteContext } from './write-context.ts';
import { writeTools } from './write-tools.ts';

/**
 * Writes a GenerateContentRequest; the model and whether it streams stand in the URL. Members are in one order, what
 * changes least first, so that prompt caches hit. Throws LlmBadRequest for conversations that the API refuses and,
 * through `drops`, for what it cannot express.
 */
export function writeRequest(request: PivotRequest, context: RequestContext): JsonObject {
  const { drops, facts } = context;
  const writing: WriteContext = { ...context, gemini: facts.gemini ?? {} };
  for (const extra of request.extras) drops.extra(extra, target);
  if (request.user !== null) drops.hint('user');
  const systemInstruction = writeSystem(request, writing);
  const { tools, toolConfig } = writeTools(request, writing);
  const generationConfig = writeConfig(request, writing);
  return compact({
    systemInstruction,
    tools,
    toolConfig,
    generationConfig,
    contents: writeContents(request.messages, writing),
  });
}

/** All instructions are one; each keeps its own part. */
function writeSystem({ system }: PivotRequest, { drops }: WriteContext): Written | undefined {
  if (system.some((block) => block.cache !== undefined)) drops.hint('system[].cache_control');
  const parts = system.filter((block) => block.text !== '').map(({ text }) => ({ text }));
  return parts.length === 0 ? undefined : { parts };
}
