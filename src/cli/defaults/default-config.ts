import type { Offer, OfferedProvider, OfferedServer } from './offer.ts';

/** The embedded configuration as YAML: what the offer has, on loopback addresses. It goes through the ordinary loader. */
export function defaultConfig(offer: Offer): string {
  return `# What waygate runs when it is given no configuration.
config: { statsAddr: "localhost:15020", readinessAddr: "localhost:15021" }
gateways:
  llm: ${listener(offer, offer.llmPort)}
  mcp: ${listener(offer, offer.mcpPort)}
llm:
  gateways: llm
  models:
  - name: demo
    provider: demo
${offer.providers.map(models).join('')}mcp:
  gateways: mcp
  prefixMode: onClash
  targets:
${offer.servers.map(target).join('')}`;
}

function listener({ addresses }: Offer, port: number): string {
  return `{ port: ${port}, address: [${addresses.map(quoted).join(', ')}], allowedHosts: loopback }`;
}

function models({ kind, prefix, keyVariable }: OfferedProvider): string {
  return `  - name: ${quoted(`${prefix}/*`)}
    provider: ${kind}
${keyVariable === undefined ? '' : `    params: { apiKey: "$${keyVariable}" }\n`}    transformation: { model: 'llmRequest.model.stripPrefix("${prefix}/")' }
`;
}

function target({ name, command, args, env }: OfferedServer): string {
  return `  - name: ${name}
    stdio:
      cmd: ${quoted(command)}
      args: [${args.map(quoted).join(', ')}]
      clear_env: true
${Object.keys(env).length === 0 ? '' : `      env: { ${pairs(env)} }\n`}`;
}

function pairs(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}: ${quoted(value)}`)
    .join(', ');
}

/** A text as a YAML scalar (JSON strings are YAML) that variable expansion leaves as it is. */
function quoted(text: string): string {
  return JSON.stringify(text.replaceAll('$', '$$$$'));
}
