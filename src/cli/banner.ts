import { bracketed } from '../base/host-port.ts';
import type { ProcessSettings } from '../model/process.ts';
import type { Offer } from './defaults/offer.ts';

const json = `-H 'content-type: application/json'`;
const mcpHeaders = `${json} -H 'accept: application/json, text/event-stream'`;

/** What a person sees who starts Waygate without a configuration: every URL, and requests that work when pasted. */
export function banner(version: string, offer: Offer, settings: ProcessSettings): string {
  const llm = `http://localhost:${offer.llmPort}/v1`;
  const mcp = `http://localhost:${offer.mcpPort}/mcp`;
  return `
Waygate ${version}

  LLM        ${llm}   models: ${['demo', ...offer.providers.map(({ prefix }) => `${prefix}/*`)].join(', ')}
  MCP        ${mcp}   servers: ${offer.servers.map(({ name }) => name).join(', ')}
  Admin      ${localUrl(settings.adminAddress)}
  Metrics    ${localUrl(settings.statsAddress)}/metrics
  Readiness  ${localUrl(settings.readinessAddress)}/healthz/ready

Try it:

${chat(llm, '')}

${chat(llm, ',"stream":true')}

curl -s ${llm}/models

SESSION=$(curl -s -D - -o /dev/null ${mcp} ${mcpHeaders} -d '${initialize}' | tr -d '\\r' | awk 'tolower($1)=="mcp-session-id:" {print $2}')
curl -s ${mcp} ${mcpHeaders} -H "mcp-session-id: $SESSION" -d '{"jsonrpc":"2.0","id":2,"method":"tools/list"}'

claude mcp add --transport http waygate ${mcp}

Your own configuration: waygate -f config.yaml. Ctrl-C stops.

`;
}

const initialize =
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":' +
  '{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}';

function chat(base: string, extra: string): string {
  const streaming = extra === '' ? '-s' : '-sN';
  return `curl ${streaming} ${base}/chat/completions ${json} -d '{"model":"demo","messages":[{"role":"user","content":"Hello"}]${extra}}'`;
}

/** Where this machine reaches `host:port`; an address without a host is every address. */
function localUrl(address: string): string {
  const separator = address.lastIndexOf(':');
  const host = address.slice(0, Math.max(separator, 0)).replace(/^\[(.*)\]$/, '$1');
  const everywhere = host === '' || host === '0.0.0.0' || host === '::';
  const shown = everywhere ? 'localhost' : bracketed(host);
  return `http://${shown}:${address.slice(separator + 1)}`;
}
