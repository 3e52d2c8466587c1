/** What the four servers list when a client speaks to each of them without a gateway. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { ServerCommand } from './fleet.ts';
import type { abilities } from './typescript.ts';

/** Names of tools and prompts, URIs and templates of resources. */
export interface Listed {
  readonly tools: readonly string[];
  readonly prompts: readonly string[];
  readonly resources: readonly string[];
  readonly templates: readonly string[];
}

/** Starts a server, lists all that it has for a client of these abilities, and ends it. */
export async function listDirectly(
  [command, ...args]: ServerCommand,
  capabilities: Partial<typeof abilities>,
): Promise<Listed> {
  const client = new Client({ name: 'e2e', version: '1' }, { capabilities });
  client.fallbackRequestHandler = async () => ({ roots: [] });
  await client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
  const has = client.getServerCapabilities() ?? {};
  const listed = {
    tools: has.tools === undefined ? [] : (await client.listTools()).tools.map(({ name }) => name),
    prompts: has.prompts === undefined ? [] : (await client.listPrompts()).prompts.map(({ name }) => name),
    resources: has.resources === undefined ? [] : (await client.listResources()).resources.map(({ uri }) => uri),
    templates:
      has.resources === undefined
        ? []
        : (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate),
  };
  await client.close();
  return listed;
}
