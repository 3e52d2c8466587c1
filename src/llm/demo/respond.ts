import { errorReply, type LlmAnswer } from '../answer.ts';
import { respondChat } from './chat.ts';
import { respondEmbeddings } from './embeddings.ts';
import { InvalidRequest } from './invalid.ts';
import type { LocalRequest } from './request.ts';

/**
 * The built-in demo provider: a deterministic stand-in for a real model that speaks OpenAI's chat completions (text,
 * streams, tool calls, JSON output) and embeddings, so that a fresh installation answers without a key or a network.
 */
export function demoRespond(request: LocalRequest): LlmAnswer {
  try {
    switch (request.type) {
      case 'completions':
        return respondChat(request);
      case 'embeddings':
        return respondEmbeddings(request);
      default:
        return errorReply(404, 'not_found', `The demo model does not serve ${request.type} requests.`);
    }
  } catch (error) {
    if (error instanceof InvalidRequest) return error.reply;
    throw error;
  }
}
