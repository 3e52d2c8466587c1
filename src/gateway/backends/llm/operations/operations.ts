import type { LlmRouteType } from '../../../../model/llm.ts';
import type { Exchange } from '../../../exchange.ts';
import { compileBedrockInbound } from './bedrock-inbound.ts';
import { compileCountTokens } from './count-tokens.ts';
import type { Operation, OperationHost } from './host.ts';
import { compileModelList } from './model-list.ts';
import { compilePassthrough } from './passthrough.ts';
import { compileRealtime } from './realtime.ts';
import { compileResponsesStore } from './responses-store.ts';

/** Finds who serves what is no chat request; null for everything else. */
export function compileOperations(host: OperationHost): (x: Exchange) => Operation | null {
  const modelList = compileModelList(host);
  const bedrockInbound = compileBedrockInbound(host);
  const countTokens = compileCountTokens(host);
  const passthrough = compilePassthrough(host);
  const realtime = compileRealtime(host);
  const responsesStore = compileResponsesStore(host);
  return (x) => {
    const byPath = modelList(x) ?? bedrockInbound(x);
    if (byPath !== null) return byPath;
    const type = host.typeOf(x.request.path);
    return responsesStore(x, type) ?? byType(type);
  };

  function byType(type: LlmRouteType): Operation | null {
    switch (type) {
      case 'anthropicTokenCount':
      case 'geminiCountTokens':
        return (x) => countTokens(x, type);
      case 'realtime':
        return realtime;
      case 'passthrough':
      case 'detect':
        return (x) => passthrough(x, type);
      default:
        return null;
    }
  }
}
