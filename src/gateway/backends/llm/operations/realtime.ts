import type { Duplex } from 'node:stream';
import { errorReply, type LlmReply } from '../../../../llm/answer.ts';
import { readSessionEvent } from '../../../../llm/operations/realtime/session-usage.ts';
import { TextMessages } from '../../../../llm/operations/realtime/text-messages.ts';
import { providerLabel } from '../../../../llm/providers/table.ts';
import { LlmRecord } from '../../../../llm/record.ts';
import { operationName } from '../../../../llm/request/operation.ts';
import { formatNotSpoken } from '../../../../llm/request/plan.ts';
import { modelNotFound } from '../../../../llm/router/model-not-found.ts';
import type { HeaderList } from '../../../../net/http/headers.ts';
import type { Exchange } from '../../../exchange.ts';
import type { Attempt } from '../attempt.ts';
import { authorizeModel } from '../authorize-model.ts';
import { refuse } from '../local-answer.ts';
import { checkModelGrant } from '../model-grant.ts';
import { whenReserved } from '../reserve.ts';
import { modelField, soleProvider } from './choose-route.ts';
import type { OperationHost, OperationRoute } from './host.ts';
import { sentModel } from './sent-model.ts';
import { streamedCall } from './streamed-call.ts';

/** How clients in browsers say their key, which cannot set fields (OpenAI, "Realtime API with WebSockets"). */
const keyProtocol = /^openai-insecure-api-key\./;

/**
 * Serves Realtime sessions: a WebSocket whose bytes pass both ways, and whose `response.done` events are read for usage.
 * Compression is not offered to the provider, so that they can be. The record is that of the whole session.
 */
export function compileRealtime(host: OperationHost): (x: Exchange) => void {
  return (x) => {
    const { upgrade, method, headers } = x.request;
    if (method !== 'GET' || upgrade !== 'websocket') return refuse(x, 'realtime', notWebSocket());
    const parameters = new URLSearchParams(x.request.query);
    const name = parameters.get('model') ?? parameters.get('deployment') ?? headers.get(modelField) ?? null;
    const route = routeFor(x, name);
    if ('status' in route) return refuse(x, 'realtime', route);
    const able = route.attempts.find(({ upstream, provider }) => upstream !== null && speaks(provider.formats));
    if (able === undefined || able.upstream === null) {
      const [first] = route.attempts;
      const provider = first?.provider;
      return refuse(
        x,
        'realtime',
        provider === undefined ? noneServes() : formatNotSpoken(provider, provider.formats, 'realtime'),
      );
    }
    const model = name === null ? route.modelFor(able) : sentModel(x, able, route.modelFor(able) ?? name);
    parameters.delete('deployment');
    if (model !== null) parameters.set('model', model);
    const query = parameters.size === 0 ? '' : `?${parameters.toString()}`;
    const call = streamedCall({ type: 'realtime', model, path: x.request.path, query }, able);
    if ('status' in call) return refuse(x, 'realtime', call);
    const record = new LlmRecord(operationName('realtime'), providerLabel(able.provider), name ?? model, true);
    x.record.llm = record;
    x.retry = null;
    x.request.query = call.target.query;
    call.prepare(headers);
    prepareUpgrade(headers, able.ownKey);
    const { upstream } = able;
    return whenReserved(x, () => host.ports.relay(x, upstream, { path: call.target.path, upgraded }, null));

    function upgraded(stream: Duplex): void {
      const messages = new TextMessages((message) => readSessionEvent(message, record));
      stream.on('data', (chunk: Buffer) => messages.push(chunk));
    }
  };

  function routeFor(x: Exchange, name: string | null): OperationRoute | LlmReply {
    const { headers } = x.request;
    if (name !== null && name !== '') return host.byModel(name, x) ?? modelNotFound(name);
    checkModelGrant(x, null);
    const able = host
      .entries(headers)
      .filter(({ attempts }) => attempts.some(({ provider }) => speaks(provider.formats)));
    const sole = soleProvider(able);
    return sole === null ? noneServes() : authorizeModel(x, 'realtime', '', sole);
  }
}

function speaks(formats: Attempt['provider']['formats']): boolean {
  return formats.some(({ format }) => format === 'realtime');
}

function prepareUpgrade(headers: HeaderList, ownKey: boolean): void {
  headers.delete('sec-websocket-extensions');
  const protocols = headers.combined('sec-websocket-protocol');
  if (protocols === undefined || !ownKey) return;
  const kept = protocols
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => !keyProtocol.test(protocol));
  if (kept.length === 0) headers.delete('sec-websocket-protocol');
  else headers.set('sec-websocket-protocol', kept.join(', '));
}

function notWebSocket(): LlmReply {
  return errorReply(426, 'upgrade_required', 'a Realtime session is a WebSocket: GET with `Upgrade: websocket`');
}

function noneServes(): LlmReply {
  return errorReply(
    400,
    'missing_model',
    'no model is named, and not exactly one provider serves Realtime sessions',
    'model',
  );
}
