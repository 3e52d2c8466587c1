/**
 * The client that the suite tests: a gateway in front of the suite's server (URL: last argument), and an official client
 * that makes it do what the scenario wants to see.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startGateway } from './gateway.ts';

interface Context {
  readonly toolCalls?: readonly { readonly name: string; readonly arguments?: Record<string, unknown> }[];
}

const upstream = process.argv.at(-1) ?? '';
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? '';
const context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as Context;
/** The official client is of the suite's era, unless it is to be of the other. */
const isModern = process.env['MCP_CONFORMANCE_PROTOCOL_VERSION'] === '2026-07-28';

const cleanups: (() => unknown)[] = [];
try {
  const url = await startGateway({ after: (fn) => void cleanups.push(fn as () => unknown) }, upstream, 'single');
  const client = new Client(
    { name: 'driver', version: '1' },
    {
      capabilities: { elicitation: {}, sampling: {}, roots: {} },
      versionNegotiation: { mode: isModern ? 'auto' : 'legacy' },
    },
  );
  client.setRequestHandler('elicitation/create', ({ params }) => ({
    action: 'accept',
    content: 'requestedSchema' in params ? filledIn(params.requestedSchema.properties) : {},
  }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  await useEverything(client);
  await client.close();
} finally {
  for (const cleanup of cleanups.toReversed()) await cleanup();
}
// Streams that the suite's server leaves open would keep the process.
process.exit(0);

async function useEverything(client: Client): Promise<void> {
  const { tools } = await client.listTools();
  const asked = context.toolCalls ?? tools.map(({ name }) => ({ name, arguments: argumentsOf(name) }));
  for (const call of asked) await attempt(() => client.callTool({ ...call }));
  await attempt(async () => {
    const [first] = (await client.listResources()).resources;
    if (first !== undefined) await client.readResource({ uri: first.uri });
  });
  await attempt(async () => {
    const [first] = (await client.listPrompts()).prompts;
    if (first !== undefined) await client.getPrompt({ name: first.name, arguments: {} });
  });
}

function argumentsOf(tool: string): Record<string, unknown> {
  if (scenario === 'tools_call') return { a: 2, b: 3 };
  return scenario === 'http-invalid-tool-headers' && tool !== '' ? { region: 'us-west1' } : {};
}

/** Refusals are part of some scenarios; what matters is what the suite's server saw. */
async function attempt(use: () => Promise<unknown>): Promise<void> {
  try {
    await use();
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
  }
}

type Field = string | number | boolean;

/** A form with its defaults, as clients are to fill it in. */
function filledIn(
  properties: Readonly<Record<string, { readonly type?: string; readonly default?: unknown }>>,
): Record<string, Field> {
  const samples: Readonly<Record<string, Field>> = { boolean: true, string: 'x' };
  return Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [
      name,
      (field.default as Field | undefined) ?? samples[field.type ?? ''] ?? 1,
    ]),
  );
}
