/** Tools that ask the client one question, in the way of its era. */
import { inputRequired, type McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { ask, form, sample, type Asked } from './asking.ts';
import { text } from './content.ts';

const none = z.object({});

/** Those of the scenarios of both eras: sampling and elicitation. */
export function registerAskingTools(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    { description: "Asks the client's model", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, ctx) => {
      const asked = await ask(ctx, 'completion', sample(prompt, 100));
      if ('ask' in asked) return asked.ask;
      const { content } = asked.answer as { readonly content?: { readonly text?: string } };
      return text(`LLM response: ${content?.text ?? 'none'}`);
    },
  );
  server.registerTool(
    'test_elicitation',
    { description: 'Asks the user', inputSchema: z.object({ message: z.string() }) },
    async ({ message }, ctx) => formResult(await ask(ctx, 'form', form(message, 'response')), 'User response'),
  );
  server.registerTool(
    'test_elicitation_sep1034_defaults',
    { description: 'Asks the user, with a default for each type', inputSchema: none },
    async (_, ctx) => formResult(await ask(ctx, 'form', defaults), 'Elicitation completed'),
  );
  server.registerTool(
    'test_elicitation_sep1330_enums',
    { description: 'Asks the user, with a choice of each kind', inputSchema: none },
    async (_, ctx) => formResult(await ask(ctx, 'form', choices), 'Elicitation completed'),
  );
}

function formResult(asked: Asked, label: string): ReturnType<typeof text> | Extract<Asked, { ask: unknown }>['ask'] {
  if ('ask' in asked) return asked.ask;
  const { action, content } = asked.answer;
  return text(`${label}: action=${String(action)}, content=${JSON.stringify(content ?? {})}`);
}

const defaults = inputRequired.elicit({
  message: 'Please review',
  requestedSchema: {
    type: 'object',
    properties: {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    },
    required: [],
  },
});

const options = ['option1', 'option2', 'option3'];
const titled = [1, 2, 3].map((n) => ({ const: `value${n}`, title: `Value ${n}` }));

const choices = inputRequired.elicit({
  message: 'Please choose',
  requestedSchema: {
    type: 'object',
    properties: {
      untitledSingle: { type: 'string', enum: options },
      titledSingle: { type: 'string', oneOf: titled },
      legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
      untitledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', enum: options } },
      titledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { anyOf: titled } },
    },
    required: [],
  },
});
