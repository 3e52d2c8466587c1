import { LLMock, type ChatCompletionRequest } from '@copilotkit/aimock';
import type { TestContext } from 'node:test';
import { startCheckedUpstream } from '../llm/checked-upstream.ts';

/** The command that the model asks for: it writes a random value, which the model cannot know, and says it. */
export const command = 'head -c 12 /dev/urandom | base64 | tee value.txt';

/** A provider whose model thinks, asks once for a shell command and then repeats what it printed. */
export interface ScriptedModel {
  readonly url: string;
  /** The requests for an answer, in order, as JSON of chat requests whatever their format. */
  readonly requests: readonly string[];
  /** Where they went. */
  paths(): readonly string[];
  /** What their vendors would not take of them, in words. */
  readonly violations: readonly string[];
}

/** @param call Gives the call of the agent's own shell tool that runs the command, from the tools' names. */
export async function startScriptedModel(
  t: TestContext,
  call: (tools: readonly string[]) => { readonly name: string; readonly arguments: string } | null,
): Promise<ScriptedModel> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  const requests: string[] = [];
  mock.on({ predicate: () => true }, (request: ChatCompletionRequest) => {
    requests.push(JSON.stringify(request));
    const last = request.messages.at(-1);
    if (request.messages.some((message) => message.role === 'tool')) {
      const text = request.messages
        .filter((message) => message.role === 'tool')
        .map(textOf)
        .join(' ');
      return { content: `The tool said: ${text}` };
    }
    const asked = call((request.tools ?? []).map((tool) => tool.function.name));
    // Agents also ask for titles and summaries, without tools.
    if (asked === null || last?.role !== 'user') return { content: 'ok' };
    return { reasoning: 'First the command.', toolCalls: [asked] };
  });
  await mock.start();
  t.after(() => mock.stop());
  const { url, violations } = await startCheckedUpstream(t, mock.url);
  return { url, violations, requests, paths: () => mock.getRequests().map(({ path }) => path) };
}

function textOf({ content }: ChatCompletionRequest['messages'][number]): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}
