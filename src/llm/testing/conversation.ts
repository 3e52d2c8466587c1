import type { Violation } from './check.ts';
import { blockTurns, list, messageTurns, object, type Json, type Turn } from './conversation-turns.ts';

/** Which rules of a conversation a target has. */
interface Rules {
  readonly turns: (body: Json) => readonly Turn[];
  /** The user's turn is first, and roles alternate. */
  readonly alternates?: boolean;
  /** Results stand before anything else in the turn after the calls. */
  readonly resultsFirst?: boolean;
  readonly more?: (body: Json) => readonly Violation[];
}

/**
 * What a schema cannot say of a body: that each call has its result and each result its call, that turns alternate, and
 * what members exclude each other.
 */
export function checkConversation(target: string, body: unknown): readonly Violation[] {
  const rules = targets[target];
  if (rules === undefined || typeof body !== 'object' || body === null) return [];
  const json = body as Json;
  const turns = rules.turns(json);
  return [...pairs(turns, rules), ...(rules.alternates === true ? order(turns) : []), ...(rules.more?.(json) ?? [])];
}

function pairs(turns: readonly Turn[], { resultsFirst = false }: Rules): readonly Violation[] {
  return turns.flatMap((turn, i) => {
    const before = turns[i - 1]?.calls ?? [];
    const after = turns[i + 1]?.results ?? [];
    const found: Violation[] = [];
    const orphans = turn.results.filter((id) => !before.includes(id));
    if (orphans.length > 0) found.push(broken(turn.path, `answers ${orphans.join(', ')}, which was not called before`));
    const open = turn.calls.filter((id) => !after.includes(id));
    if (open.length > 0) found.push(broken(turn.path, `calls ${open.join(', ')}, which is not answered after`));
    if (new Set(turn.results).size < turn.results.length) found.push(broken(turn.path, 'answers a call twice'));
    if (resultsFirst && turn.late) found.push(broken(turn.path, 'has results after other content'));
    return found;
  });
}

function order(turns: readonly Turn[]): readonly Violation[] {
  const found = turns
    .filter(({ role }, i) => role === turns[i - 1]?.role)
    .map(({ path }) => broken(path, 'repeats a role'));
  const [first] = turns;
  return first === undefined || first.role === 'user'
    ? found
    : [broken(first.path, 'is not the user, but comes first'), ...found];
}

const chat: Rules = {
  turns: ({ messages }) =>
    messageTurns(
      list(messages),
      (message) => list(message['tool_calls']).map(({ id }) => String(id)),
      (message) => (message['role'] === 'tool' ? String(message['tool_call_id']) : undefined),
    ),
};

const claude: Rules = {
  turns: ({ messages }) =>
    blockTurns(
      messages,
      'content',
      ({ type, id }) => (type === 'tool_use' ? String(id) : undefined),
      ({ type, tool_use_id: id }) => (type === 'tool_result' ? String(id) : undefined),
    ),
  alternates: true,
  resultsFirst: true,
  more: (body) => {
    const found: Violation[] = [];
    const { type, budget_tokens: budget } = object(body['thinking']);
    const manual = type === 'enabled';
    if (manual && Number(budget) >= Number(body['max_tokens'])) {
      found.push(broken('thinking.budget_tokens', 'is not less than max_tokens'));
    }
    if (manual && ['any', 'tool'].includes(String(object(body['tool_choice'])['type']))) {
      found.push(broken('tool_choice', 'forces a call beside manual thinking'));
    }
    if ((manual || type === 'adaptive') && ('temperature' in body || 'top_k' in body)) {
      found.push(broken('thinking', 'excludes temperature and top_k'));
    }
    if (manual && opensWithoutThinking(list(body['messages']))) {
      found.push(broken('thinking', 'is on in a tool loop whose turn does not begin with thinking'));
    }
    const results = list(body['messages']).flatMap(({ content }) => list(content));
    // https://github.com/bytedance/trae-agent/issues/230
    if (results.some(({ is_error: failed, content }) => failed === true && saysNothing(content))) {
      found.push(broken('messages', 'have a failed result without content'));
    }
    if (count(body, 'cache_control') > 4) found.push(broken('', 'has more than four cache breakpoints'));
    return found;
  },
};

/** https://platform.claude.com/docs/en/build-with-claude/extended-thinking: such a turn is answered with 400. */
function opensWithoutThinking(messages: readonly Json[]): boolean {
  const [assistant, user] = messages.slice(-2);
  const answers = list(user?.['content']).some(({ type }) => type === 'tool_result');
  const [first] = list(assistant?.['content']);
  return answers && first?.['type'] !== 'thinking' && first?.['type'] !== 'redacted_thinking';
}

const bedrock: Rules = {
  turns: ({ messages }) =>
    blockTurns(
      messages,
      'content',
      ({ toolUse }) => (toolUse === undefined ? undefined : String(object(toolUse)['toolUseId'])),
      ({ toolResult }) => (toolResult === undefined ? undefined : String(object(toolResult)['toolUseId'])),
    ),
  alternates: true,
  more: (body) => {
    const found: Violation[] = [];
    const tools = list(object(body['toolConfig'])['tools']);
    if (tools.length === 0 && count(body['messages'], 'toolUseId') > 0) {
      found.push(broken('toolConfig', 'is missing, though messages have calls or results'));
    }
    for (const [i, { role, content }] of list(body['messages']).entries()) {
      const blocks = list(content);
      // https://github.com/aws-samples/sample-multi-agent-orchestration-chat-on-agentcore/issues/15
      const failed = blocks.map(({ toolResult }) => object(toolResult)).filter(({ status }) => status === 'error');
      if (failed.some((result) => list(result['content']).length === 0)) {
        found.push(broken(`messages[${String(i)}]`, 'has a failed result without content'));
      }
      const has = (kind: string): boolean => blocks.some((block) => kind in block);
      const path = `messages[${String(i)}]`;
      if (has('document') && !has('text')) found.push(broken(path, 'has a document, but no text'));
      if (role !== 'user' && (has('document') || has('image')))
        found.push(broken(path, 'has media, but is not the user'));
    }
    if (count(body, 'cachePoint') > 4) found.push(broken('', 'has more than four cache points'));
    const { type, budget_tokens: budget } = object(object(body['additionalModelRequestFields'])['thinking']);
    const { maxTokens, temperature } = object(body['inferenceConfig']);
    const choice = object(object(body['toolConfig'])['toolChoice']);
    if (type === 'enabled' && maxTokens !== undefined && Number(budget) >= Number(maxTokens)) {
      found.push(broken('additionalModelRequestFields.thinking', 'has a budget that is not less than maxTokens'));
    }
    if (type === 'enabled' && ('any' in choice || 'tool' in choice)) {
      found.push(broken('toolConfig.toolChoice', 'forces a call beside thinking'));
    }
    if (type === 'enabled' && temperature !== undefined && temperature !== 1) {
      found.push(broken('inferenceConfig.temperature', 'is set beside thinking'));
    }
    return found;
  },
};

/** Calls are known by name here, since ids are not always sent. */
const google: Rules = {
  turns: ({ contents }) =>
    blockTurns(
      contents,
      'parts',
      ({ functionCall }) => named(functionCall),
      ({ functionResponse }) => named(functionResponse),
    ).map((turn) => ({ ...turn, results: numbered(turn.results), calls: numbered(turn.calls) })),
};

function named(call: unknown): string | undefined {
  return call === undefined ? undefined : String(object(call)['name']);
}

/** Two calls of one name are two calls. */
function numbered(names: readonly string[]): readonly string[] {
  return names.map((name, i) => `${name} ${String(names.slice(0, i).filter((other) => other === name).length + 1)}`);
}

const responses: Rules = {
  turns: ({ input }) =>
    messageTurns(
      // Here other items may stand between a call and its result.
      list(input).filter(({ call_id: id }) => id !== undefined),
      ({ type, call_id: id }) => (type === 'function_call' || type === 'custom_tool_call' ? [String(id)] : []),
      ({ type, call_id: id }) => (String(type).endsWith('call_output') ? String(id) : undefined),
    ),
  // Reasoning without the item that it led to is answered with 400: https://github.com/openai/openai-python/issues/3008
  more: ({ input }) =>
    list(input).flatMap(({ type }, i, items) => {
      if (type !== 'reasoning') return [];
      const next = items[i + 1];
      const led = next !== undefined && next['role'] !== 'user' && !String(next['type']).endsWith('_output');
      return led ? [] : [broken(`input[${String(i)}]`, 'is reasoning that nothing follows')];
    }),
};

const targets: Readonly<Record<string, Rules>> = {
  completions: chat,
  cohere: chat,
  responses,
  messages: claude,
  messagesVertex: claude,
  converse: bedrock,
  converseStream: bedrock,
  generateContent: google,
  vertexGenerateContent: google,
};

/** How often a member of this name is anywhere in a value, but for free JSON of tools. */
function count(value: unknown, name: string): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + count(item, name), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce((sum, [key, member]) => {
    if (key === 'input' || key === 'input_schema' || key === 'json') return sum;
    return sum + (key === name && member !== null ? 1 : count(member, name));
  }, 0);
}

function broken(path: string, message: string): Violation {
  return { path, rule: 'conversation', message };
}

function saysNothing(content: unknown): boolean {
  return content === undefined || content === '' || (Array.isArray(content) && content.length === 0);
}
