import { HeaderList } from '../../net/http/headers.ts';
import { jsonReply, type LlmAnswer } from '../answer.ts';
import { readChatRequest, type ChatRequest } from './chat-request.ts';
import { chooseTool } from './choose-tool.ts';
import { hashHex } from './hash.ts';
import type { LocalRequest } from './request.ts';
import { valueForSchema } from './schema-value.ts';
import { countTokens, tokenPieces } from './tokens.ts';

/** Longest part of a message that is said back. */
const ECHO_CHARS = 2000;
/** A stream has about this many text events at most. */
const STREAM_PIECES = 64;

/** One answer, before it is written whole or as a stream. */
interface Choice {
  readonly text: string | null;
  readonly call: { readonly id: string; readonly name: string; readonly arguments: string } | null;
  readonly finish: 'stop' | 'length' | 'tool_calls';
}

/** Answers a chat completions request. @throws InvalidRequest */
export function respondChat(local: LocalRequest): LlmAnswer {
  const request = readChatRequest(local.body);
  const choice = compose(request);
  const seed = JSON.stringify(local.body);
  const base = {
    id: `chatcmpl-demo${hashHex(seed)}${hashHex(seed, 1)}`,
    created: local.now,
    model: request.model,
    system_fingerprint: 'fp_demo',
  };
  if (request.stream) {
    return {
      status: 200,
      headers: new HeaderList(['content-type', 'text/event-stream; charset=utf-8', 'cache-control', 'no-cache']),
      chunks: stream(request, choice, base),
    };
  }
  const choices = Array.from({ length: request.choices }, (_, index) => ({
    index,
    message: { role: 'assistant', content: choice.text, refusal: null, ...toolCalls(choice) },
    logprobs: null,
    finish_reason: choice.finish,
  }));
  return jsonReply(200, { ...base, object: 'chat.completion', choices, usage: usageOf(request, choice) });
}

function toolCalls({ call }: Choice): object {
  if (call === null) return {};
  return {
    tool_calls: [{ id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } }],
  };
}

/** Server-sent events in the order that OpenAI sends them. */
function* stream(request: ChatRequest, choice: Choice, base: object): Generator<string> {
  const earlier = request.includeUsage ? { usage: null } : {};
  const event = (index: number, delta: object, finish: string | null): string =>
    sse({
      ...base,
      object: 'chat.completion.chunk',
      choices: [{ index, delta, logprobs: null, finish_reason: finish }],
      ...earlier,
    });
  for (let index = 0; index < request.choices; index++) {
    yield event(index, { role: 'assistant', content: choice.text === null ? null : '' }, null);
    for (const delta of deltas(choice)) yield event(index, delta, null);
    yield event(index, {}, choice.finish);
  }
  if (request.includeUsage) {
    yield sse({ ...base, object: 'chat.completion.chunk', choices: [], usage: usageOf(request, choice) });
  }
  yield 'data: [DONE]\n\n';
}

function* deltas({ text, call }: Choice): Generator<object> {
  for (const content of streamPieces(text ?? '')) yield { content };
  if (call === null) return;
  const { id, name } = call;
  yield { tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: '' } }] };
  for (const piece of streamPieces(call.arguments)) {
    yield { tool_calls: [{ index: 0, function: { arguments: piece } }] };
  }
}

function streamPieces(text: string): string[] {
  const tokens = tokenPieces(text);
  const each = Math.ceil(tokens.length / STREAM_PIECES);
  const pieces: string[] = [];
  for (let i = 0; i < tokens.length; i += each) pieces.push(tokens.slice(i, i + each).join(''));
  return pieces;
}

function sse(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function compose(request: ChatRequest): Choice {
  const said = request.messages.findLast((message) => message.role === 'user')?.text ?? '';
  const tool = chooseTool(request);
  if (tool !== null) {
    const args = JSON.stringify(valueForSchema({ type: 'object', ...tool.parameters }, said));
    const id = `call_demo${hashHex(tool.name + args, request.messages.length)}`;
    return { text: null, call: { id, name: tool.name, arguments: args }, finish: 'tool_calls' };
  }
  return limit(write(request, said), request);
}

function write(request: ChatRequest, said: string): string {
  const { format, messages } = request;
  if (typeof format === 'object') return JSON.stringify(valueForSchema(format.schema, said));
  const last = messages.at(-1);
  if (last?.role === 'tool') {
    const name = messages.flatMap((m) => m.toolCalls).find((call) => call.id === last.toolCallId)?.name ?? 'tool';
    const result = `The ${name} result is: ${echo(last.text)}`;
    return format === 'json' ? JSON.stringify({ answer: result }) : result;
  }
  if (format === 'json') return JSON.stringify({ answer: `You said: ${echo(said)}` });
  const about = 'I am the demo model built into Waygate: no network, no key, the same answer every time.';
  return said === '' ? about : `${about} You said: ${echo(said)}`;
}

function echo(text: string): string {
  return text.length <= ECHO_CHARS ? text : `${text.slice(0, ECHO_CHARS)}…`;
}

/** Ends the text at the first stop sequence or after the most tokens allowed. */
function limit(text: string, request: ChatRequest): Choice {
  const stops = request.stop.map((stop) => text.indexOf(stop)).filter((at) => at !== -1);
  const stopped = stops.length === 0 ? text : text.slice(0, Math.min(...stops));
  const tokens = tokenPieces(stopped);
  if (tokens.length <= request.maxTokens) return { text: stopped, call: null, finish: 'stop' };
  return { text: tokens.slice(0, request.maxTokens).join(''), call: null, finish: 'length' };
}

function usageOf(request: ChatRequest, choice: Choice): object {
  const read = request.messages.reduce((sum, message) => sum + 3 + countTokens(message.text), 3);
  const input = read + (request.tools.length === 0 ? 0 : countTokens(JSON.stringify(request.tools)));
  const written = countTokens(choice.text ?? '') + countTokens(choice.call?.arguments ?? '');
  const output = request.choices * written;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
}
