import { jsonReply, type LlmReply } from '../../../../llm/answer.ts';
import { bedrockPath, type BedrockPath } from '../../../../llm/operations/bedrock/bedrock-path.ts';
import { createBedrockTap } from '../../../../llm/operations/bedrock/bedrock-tap.ts';
import { escapedName } from '../../../../llm/providers/model-name.ts';
import type { LlmAsk } from '../../../../llm/request/plan.ts';
import { bodyTokens } from '../../../../llm/usage/body-tokens.ts';
import type { HeaderList } from '../../../../net/http/headers.ts';
import type { Exchange } from '../../../exchange.ts';
import type { Attempt } from '../attempt.ts';
import { answer } from '../local-answer.ts';
import { readBody, serve } from '../serve.ts';
import type { Operation, OperationHost } from './host.ts';
import { sentModel } from './sent-model.ts';

/** Fields of a signature, which is worth nothing behind the gateway. */
const signatureFields = ['x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];

/**
 * Serves Amazon Bedrock's own API from Bedrock providers: the bytes pass, the client's signature goes, and the provider's
 * credential signs anew. Null for every other path.
 */
export function compileBedrockInbound(host: OperationHost): (x: Exchange) => Operation | null {
  return (x) => {
    const asked = bedrockPath(x.request.path);
    return asked === null ? null : (exchange) => ask(exchange, asked);
  };

  async function ask(x: Exchange, { before, model, operation }: BedrockPath): Promise<void> {
    const { method, headers, query } = x.request;
    if (method !== 'POST') return answer(x, refusal(405, 'ValidationException', `${method} is not allowed here`), null);
    const route = host.byModel(model, x);
    if (route === null) {
      return answer(
        x,
        refusal(404, 'ResourceNotFoundException', `the model ${shown(model)} does not exist here`),
        null,
      );
    }
    const attempt = route.attempts.find(isBedrock);
    if (attempt === undefined) return answer(x, elsewhere(model, operation), null);
    const sent = await readBody(x, 'passthrough', host.ports);
    if (sent === null) return;
    const { bytes, held } = sent;
    removeSignature(headers);
    const requestTokens = bodyTokens(bytes);
    const path = `${before}${escapedName(sentModel(x, attempt, route.modelFor(attempt) ?? model))}${operation}`;
    const ask: LlmAsk = {
      type: 'passthrough',
      path,
      query,
      body: null,
      bytes,
      recorded: {
        model,
        operation: operation.startsWith('/converse') ? 'chat' : operation.slice(1).replaceAll('-', '_'),
      },
      tap: (record, fields) => createBedrockTap(record, { operation, fields, requestTokens }),
    };
    serve(x, ask, { attempts: [attempt], modelFor: () => null }, held, host.ports);
  }
}

function isBedrock({ provider, upstream }: Attempt): boolean {
  return upstream !== null && provider.formats.some(({ format }) => format === 'converse');
}

function removeSignature(headers: HeaderList): void {
  if (headers.get('authorization')?.startsWith('AWS4-') === true) headers.delete('authorization');
  for (const name of signatureFields) headers.delete(name);
}

function elsewhere(model: string, operation: string): LlmReply {
  return refusal(
    400,
    'ValidationException',
    `${operation.slice(1)} is an operation of Amazon Bedrock, and the model ${shown(model)} is not served by Bedrock here: ` +
      'ask it through /v1/chat/completions, /v1/responses, /v1/messages or generateContent',
  );
}

/** An error as AWS clients read it: its name in a field, its message in the body. */
function refusal(status: number, name: string, message: string): LlmReply {
  const reply = jsonReply(status, { message });
  reply.headers.set('x-amzn-errortype', name);
  return reply;
}

function shown(name: string): string {
  return name.length <= 200 ? name : `${name.slice(0, 200)}…`;
}
