/** Tools and a prompt whose results ask for input (2026-07-28). On a session the SDK sends requests in their place. */
import { randomUUID } from 'node:crypto';
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  inputRequired,
  type ClientCapabilities,
  type InputRequests,
  type McpServer,
  type RequestStateCodec,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { accepted, answered, form, sample } from './asking.ts';
import { text } from './content.ts';

const none = z.object({});

/** What a tool remembers between two rounds. */
type State = Readonly<Record<string, unknown>>;

/** Seals what passes through clients; one key for all requests of this process. */
export const states: RequestStateCodec<State> = createRequestStateCodec<State>({
  key: crypto.getRandomValues(new Uint8Array(32)),
});

/** Those of the `input-required-result` scenarios. */
export function registerInputTools(server: McpServer): void {
  registerSingleQuestions(server);
  registerStates(server);
  registerPrompt(server);
  server.registerTool(
    'test_input_required_result_multiple_inputs',
    { description: 'Asks three questions at once', inputSchema: none },
    async (_, ctx) => {
      const name = accepted(ctx, 'user_name', 'name');
      const greeting = answered(ctx, 'greeting')?.['content'] as { readonly text?: string } | undefined;
      const roots = answered(ctx, 'client_roots')?.['roots'];
      if (name !== undefined && greeting?.text !== undefined && Array.isArray(roots)) {
        return text(`${greeting.text} ${name}, ${roots.length} roots`);
      }
      return inputRequired({ inputRequests: everything, requestState: await states.mint({ nonce: randomUUID() }) });
    },
  );
  server.registerTool(
    'test_input_required_result_capabilities',
    { description: 'Asks what the client says it can answer', inputSchema: none },
    (_, ctx) => {
      if (ctx.mcpReq.inputResponses !== undefined) return text('The client has answered.');
      // A session says it once, a request without one says it itself.
      const envelope = ctx.mcpReq.envelope as Readonly<Record<string, ClientCapabilities>> | undefined;
      const can = envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? server.server.getClientCapabilities() ?? {};
      const inputRequests: InputRequests = {};
      if (can.elicitation !== undefined) inputRequests['user_name'] = everything['user_name'];
      if (can.sampling !== undefined) inputRequests['greeting'] = everything['greeting'];
      if (can.roots !== undefined) inputRequests['client_roots'] = everything['client_roots'];
      return Object.keys(inputRequests).length === 0
        ? text('The client cannot be asked.')
        : inputRequired({ inputRequests });
    },
  );
}

const everything = {
  user_name: form('What is your name?', 'name'),
  greeting: sample('Generate a greeting', 50),
  client_roots: inputRequired.listRoots(),
};

function registerSingleQuestions(server: McpServer): void {
  server.registerTool(
    'test_input_required_result_elicitation',
    { description: 'Asks the user for a name', inputSchema: none },
    (_, ctx) => {
      const name = accepted(ctx, 'user_name', 'name');
      if (name === undefined) return inputRequired({ inputRequests: { user_name: everything.user_name } });
      return text(`Hello, ${name}!`);
    },
  );
  for (const [tool, key] of [
    ['test_input_required_result_sampling', 'capital_question'],
    ['test_missing_capability', 'llm_answer'],
  ] as const) {
    server.registerTool(tool, { description: "Asks the client's model", inputSchema: none }, (_, ctx) => {
      const answer = answered(ctx, key);
      const inputRequests = { [key]: sample('What is the capital of France?', 100) };
      return answer === undefined
        ? inputRequired({ inputRequests })
        : text(`Sampling response: ${JSON.stringify(answer['content'])}`);
    });
  }
  server.registerTool(
    'test_input_required_result_list_roots',
    { description: "Asks for the client's roots", inputSchema: none },
    (_, ctx) => {
      const roots = answered(ctx, 'client_roots')?.['roots'];
      return Array.isArray(roots)
        ? text(`Roots: ${JSON.stringify(roots)}`)
        : inputRequired({ inputRequests: { client_roots: everything.client_roots } });
    },
  );
}

function registerStates(server: McpServer): void {
  for (const name of ['request_state', 'tampered_state']) {
    server.registerTool(
      `test_input_required_result_${name}`,
      { description: 'Asks for a yes, and wants its state back', inputSchema: none },
      async (_, ctx) => {
        const isBack = ctx.mcpReq.requestState() !== undefined;
        if (isBack && acceptedContent(ctx.mcpReq.inputResponses, 'confirm') !== undefined) {
          return text('state-ok: the state came back as it was');
        }
        return inputRequired({
          inputRequests: { confirm: form('Please confirm', 'ok', 'boolean') },
          requestState: await states.mint({ nonce: randomUUID() }),
        });
      },
    );
  }
  server.registerTool(
    'test_input_required_result_multi_round',
    { description: 'Asks twice, one after the other', inputSchema: none },
    async (_, ctx) => {
      const state = ctx.mcpReq.requestState<State>() ?? { round: 0 };
      if (state['round'] === 0) {
        return inputRequired({
          inputRequests: { step1: form('Step 1: What is your name?', 'name') },
          requestState: await states.mint({ round: 1, nonce: randomUUID() }),
        });
      }
      if (state['round'] === 1) {
        const name = accepted(ctx, 'step1', 'name') ?? 'nobody';
        return inputRequired({
          inputRequests: { step2: form('Step 2: What is your favourite colour?', 'color') },
          requestState: await states.mint({ round: 2, name, nonce: randomUUID() }),
        });
      }
      return text(`${String(state['name'])} likes ${accepted(ctx, 'step2', 'color') ?? 'nothing'}`);
    },
  );
}

function registerPrompt(server: McpServer): void {
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Asks for its context', argsSchema: none },
    (_, ctx) => {
      const context = accepted(ctx, 'user_context', 'context');
      return context === undefined
        ? inputRequired({ inputRequests: { user_context: form('Which context?', 'context') } })
        : { messages: [{ role: 'user', content: { type: 'text', text: `Use this context: ${context}` } }] };
    },
  );
}
