import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentCard, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from '@a2a-js/sdk';
import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from '@a2a-js/sdk/client';
import type { Client } from '@a2a-js/sdk/client';
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from '@a2a-js/sdk/server';
import type { AgentExecutor } from '@a2a-js/sdk/server';
import { agentCardHandler, jsonRpcHandler, restHandler, UserBuilder } from '@a2a-js/sdk/server/express';

/** An agent of the official SDK, with both bindings of JSON, in both versions. */
export interface Agent extends AsyncDisposable {
  readonly host: string;
  /** `METHOD /path` of each request. */
  readonly seen: readonly string[];
}

type App = http.RequestListener & { use(path: string, handler: unknown): void };

/** Starts one; it answers every message with a task that it completes at once. */
export async function startAgent(): Promise<Agent> {
  const seen: string[] = [];
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const card = cardOf(host);
  const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), executor);
  const options = { requestHandler, userBuilder: UserBuilder.noAuthentication, legacyCompat: { enabled: true } };
  // Its types are a package of their own, which nothing else here needs.
  const { default: express } = (await import('express' as string)) as { readonly default: () => App };
  const app = express();
  app.use('/.well-known/agent-card.json', agentCardHandler({ agentCardProvider: requestHandler }));
  app.use('/a2a/rpc', jsonRpcHandler(options));
  app.use('/a2a/rest', restHandler(options));
  server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    seen.push(`${request.method} ${request.url}`);
    app(request, response);
  });
  return {
    host,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A client as the card at `base` tells it, which prefers `binding`. */
export async function connect(
  base: string,
  binding: 'JSONRPC' | 'HTTP+JSON',
  headers: Readonly<Record<string, string>> = {},
): Promise<Client> {
  const fetchImpl: typeof fetch = (input, init) => {
    const fields = new Headers(init?.headers);
    for (const [name, value] of Object.entries({ connection: 'close', ...headers })) fields.set(name, value);
    return fetch(input, { ...init, headers: fields });
  };
  const factory = new ClientFactory({
    transports: [new JsonRpcTransportFactory({ fetchImpl }), new RestTransportFactory({ fetchImpl })],
    preferredTransports: [binding],
    cardResolver: new DefaultAgentCardResolver({ fetchImpl }),
  });
  return factory.createFromUrl(`${base}/`, '.well-known/agent-card.json');
}

function cardOf(host: string): AgentCard {
  const at = (path: string, protocolBinding: string, protocolVersion: string): object => ({
    url: `http://${host}/a2a/${path}`,
    protocolBinding,
    protocolVersion,
  });
  return AgentCard.fromJSON({
    name: 'Echo',
    description: 'Answers with what it was told.',
    version: '1.0.0',
    supportedInterfaces: [
      at('rpc', 'JSONRPC', '1.0'),
      at('rest', 'HTTP+JSON', '1.0'),
      at('rpc', 'JSONRPC', '0.3'),
      at('rest', 'HTTP+JSON', '0.3'),
      { url: '127.0.0.1:1', protocolBinding: 'GRPC', protocolVersion: '1.0' },
    ],
    capabilities: { streaming: true },
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: [{ id: 'echo', name: 'Echo', description: 'Echoes.', tags: ['test'] }],
    signatures: [{ protected: 'e30', signature: 'c2ln' }],
  });
}

const executor: AgentExecutor = {
  async execute({ taskId, contextId, userMessage }, bus) {
    const ids = { taskId, contextId };
    const { parts } = userMessage;
    bus.publish(AgentEvent.task(Task.fromJSON({ id: taskId, contextId, status: { state: 'TASK_STATE_WORKING' } })));
    const artifact = { ...TaskArtifactUpdateEvent.fromJSON({ ...ids, artifact: { artifactId: 'a' } }) };
    bus.publish(AgentEvent.artifactUpdate({ ...artifact, artifact: { ...artifact.artifact, parts } as never }));
    bus.publish(
      AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON({ ...ids, status: { state: 'TASK_STATE_COMPLETED' } })),
    );
    bus.finished();
  },
  async cancelTask() {},
};
