import { PivotRefusal } from '../../pivot/drops.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type { OutputFormat, PivotRequest } from '../../pivot/request.ts';
import { CacheMarks } from './cache-marks.ts';
import type { Written } from './cache-marks.ts';
import type { ModelFacts } from '../../models/facts.ts';
import { adaptSchema } from './output-schema.ts';
import { allowsThinking, opening, toTurns } from './turns.ts';
import { writeText, writeTurn } from './write-content.ts';
import { target } from './write-context.ts';
import { writeSampling } from './write-sampling.ts';
import { writeThinking } from './write-thinking.ts';
import { writeTools } from './write-tools.ts';

/**
 * Writes a Messages request. Members are in one order, what changes least first, so that prompt caches hit. Throws
 * LlmBadRequest for conversations that the API refuses and, through `drops`, for what it cannot express.
 */
export function writeRequest(request: PivotRequest, { drops, facts, names }: RequestContext): JsonObject {
  const marks = new CacheMarks(drops);
  const context = { drops, marks, names };
  for (const extra of request.extras) drops.extra(extra, target);
  const maxTokens = request.maxTokens ?? facts.maxOutput;
  const output = planOutput(request.output, facts);
  const { tools, choice, forced } = writeTools(request, output.toolSchema, context);
  const system = request.system
    .filter((block) => block.text.trim() !== '')
    .map((block) => writeText(block.text, block.cache, context));
  const turns = toTurns(request.messages, drops);
  const situation = { facts, maxTokens, forced, allowed: allowsThinking(turns) };
  const { thinking, effort, on } = writeThinking(request.reasoning, situation, drops);
  const sampling = writeSampling(request.sampling, facts, on, drops);
  const messages = startingWithUser(turns.map((turn) => writeTurn(turn, context)).filter(hasContent));
  const stop = writeStop(request.stop, drops);
  const user = writeUser(request.user, drops);
  marks.limit();
  return compact({
    model: request.model,
    max_tokens: maxTokens,
    tools,
    tool_choice: choice,
    system: system.length === 0 ? undefined : system,
    thinking,
    output_config: outputConfig(effort, output.format),
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    stop_sequences: stop.length === 0 ? undefined : stop,
    metadata: user === null ? undefined : { user_id: user },
    stream: request.stream ? true : undefined,
    messages,
  });
}

/** How an answer is held to a schema: by the API itself, else by a tool whose input is the answer. */
interface OutputPlan {
  readonly format: Written | undefined;
  readonly toolSchema: Readonly<Record<string, unknown>> | null;
}

function planOutput(output: OutputFormat | null, facts: ModelFacts): OutputPlan {
  if (output === null) return { format: undefined, toolSchema: null };
  // The API's own format closes every object, so "any object" needs the tool.
  if (output.kind === 'json') return { format: undefined, toolSchema: { type: 'object', additionalProperties: true } };
  const schema = facts.structuredOutput ? adaptSchema(output.schema) : null;
  if (schema === null) return { format: undefined, toolSchema: output.schema };
  return { format: { type: 'json_schema', schema }, toolSchema: null };
}

function outputConfig(effort: string | undefined, format: Written | undefined): Written | undefined {
  return effort === undefined && format === undefined ? undefined : compact({ effort, format });
}

/** A turn whose only content was left out; the API refuses empty ones. */
function hasContent(message: Written): boolean {
  return !Array.isArray(message['content']) || message['content'].length > 0;
}

/** What is left where content was dropped must still be a conversation. */
function startingWithUser(messages: readonly Written[]): readonly Written[] {
  if (messages[0] === undefined) throw new PivotRefusal('messages', () => `no message is left that ${target} can take`);
  if (messages[0]['role'] === 'user') return messages;
  return [{ role: 'user', content: [{ type: 'text', text: opening }] }, ...messages];
}

function writeStop(stop: readonly string[], drops: Drops): readonly string[] {
  return stop.filter((sequence) => {
    if (sequence.trim() !== '') return true;
    if (sequence !== '') drops.meaning('stop', target);
    return false;
  });
}

const personal = /^[^@\s]+@[^@\s]+\.[^@\s]+$|^\+[\d\s().-]{7,}$|^(?=.*[\s().-])[\d\s().-]{7,}$/;

/** The API asks that users are not named by what identifies them: e-mail addresses and telephone numbers stay here. */
function writeUser(user: string | null, drops: Drops): string | null {
  if (user === null || user === '') return null;
  if (!personal.test(user)) return user;
  drops.hint('user');
  return null;
}

function compact(members: Written): Written {
  const written: Written = {};
  for (const name of Object.keys(members)) if (members[name] !== undefined) written[name] = members[name];
  return written;
}
