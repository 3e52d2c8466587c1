/** Asking the client in the way of its era: by a request on a session, by a result without one. */
import {
  acceptedContent,
  inputRequired,
  type InputRequest,
  type InputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server';

/** The client's answer, or the result that asks for it. */
export type Asked = { readonly answer: Readonly<Record<string, unknown>> } | { readonly ask: InputRequiredResult };

/** Asks one question, in the era of the request that `ctx` belongs to. */
export async function ask(ctx: ServerContext, key: string, question: InputRequest): Promise<Asked> {
  if (ctx.mcpReq.envelope === undefined) {
    const answer = await ctx.mcpReq.send({ method: question.method, params: { ...question.params } });
    return { answer: answer as Readonly<Record<string, unknown>> };
  }
  const answer = ctx.mcpReq.inputResponses?.[key];
  return answer === undefined
    ? { ask: inputRequired({ inputRequests: { [key]: question } }) }
    : { answer: answer as Readonly<Record<string, unknown>> };
}

/** A form with one field that must be filled in. */
export function form(message: string, field: string, type: 'string' | 'boolean' = 'string'): InputRequest {
  const properties = { [field]: type === 'string' ? { type } : { type } };
  return inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, required: [field] } });
}

/** A prompt of one message for the client's model. */
export function sample(text: string, maxTokens: number): InputRequest {
  return inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens });
}

/** A field of an accepted form; undefined when the form was not accepted or the field is no text. */
export function accepted(ctx: ServerContext, key: string, field: string): string | undefined {
  const content = acceptedContent<Record<string, unknown>>(ctx.mcpReq.inputResponses, key);
  const value = content?.[field];
  return typeof value === 'string' ? value : undefined;
}

/** An answer that is not a form's, as it came. */
export function answered(ctx: ServerContext, key: string): Readonly<Record<string, unknown>> | undefined {
  return ctx.mcpReq.inputResponses?.[key] as Readonly<Record<string, unknown>> | undefined;
}
