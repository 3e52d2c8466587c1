import { hostPort } from '../../base/host-port.ts';
import type { CustomFunctions } from '../../expr/cel/custom-functions.ts';
import { failedTokens } from '../../llm/record.ts';
import type { AccessLogSettings } from '../../model/bind.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { versionNames, type ConnectionInfo } from '../../net/http/message.ts';
import { a2aFields, endFields, llmFields, mcpFields, requestFields } from '../../telemetry/access-log/fields.ts';
import { lineFormat, type LineFormat } from '../../telemetry/access-log/line.ts';
import { LineClock } from '../../telemetry/access-log/time.ts';
import type { LogValue } from '../../telemetry/access-log/value.ts';
import { Expressions, FieldGroup } from '../attributes/expressions.ts';
import { ProvedFacts } from '../authentication/facts.ts';
import type { Exchange } from '../exchange.ts';
import { callStatus } from '../grpc/call-status.ts';
import { GroupedFields } from './grouped-fields.ts';
import type { RouteLabels } from './route-labels.ts';

type Added = { readonly name: string; readonly value: (x: Exchange) => LogValue | FieldGroup };

/** Where a standard field comes from. */
type Source = (x: Exchange, labels: RouteLabels, durationMs: number) => LogValue;

/** Makes the access log lines of a bind: which fields there are is settled once. */
export class AccessLine {
  /** True when an expression names the body, which then has to be kept as it passes. */
  readonly readsRequestBody: boolean;
  readonly readsResponseBody: boolean;
  readonly #filters: readonly ((x: Exchange) => boolean)[];
  readonly #added: readonly Added[];
  readonly #plain: Layout;
  readonly #llm: Layout;
  readonly #mcp: Layout;
  readonly #a2a: Layout;

  constructor(bind: AccessLogSettings, settings: ProcessSettings, functions: CustomFunctions) {
    const { logging } = settings;
    const expressions = new Expressions(functions);
    this.#filters = [logging.filter, bind.filter]
      .filter((source) => source !== undefined)
      .map((source) => {
        const condition = expressions.condition(source, 'log');
        return (x: Exchange) => condition(x.attributes());
      });
    // What a bind adds wins over what the process adds under the same name.
    const added = new Map([...logging.add, ...bind.add]);
    this.#added = [...added].map(([name, source]) => {
      const value = expressions.logField(name, source);
      return { name, value: (x: Exchange) => value(x.attributes()) };
    });
    this.readsRequestBody = expressions.reads('request.body') || expressions.reads('request.bodyPrefix');
    this.readsResponseBody = expressions.reads('response.body') || expressions.reads('response.bodyPrefix');
    const removed = new Set([...logging.remove, ...bind.remove]);
    const layout = (fields: readonly string[]): Layout => new Layout(logging.format, fields, removed, this.#added);
    this.#plain = layout([...requestFields, ...endFields]);
    this.#llm = layout([...requestFields, ...llmFields, ...endFields]);
    this.#mcp = layout([...requestFields, ...mcpFields, ...endFields]);
    this.#a2a = layout([...requestFields, ...a2aFields, ...endFields]);
  }

  /** The line without its newline, or null when a filter leaves the exchange out. */
  format(x: Exchange, labels: RouteLabels, durationMs: number): string | null {
    for (const keep of this.#filters) if (!keep(x)) return null;
    return this.#layoutOf(x).line(x, labels, durationMs);
  }

  #layoutOf({ record }: Exchange): Layout {
    if (record.llm !== null) return this.#llm;
    if (record.mcp !== null) return this.#mcp;
    return record.a2a === null ? this.#plain : this.#a2a;
  }
}

/** One set of fields in their order. */
class Layout {
  readonly #clock: LineClock = new LineClock();
  readonly #sources: readonly Source[];
  readonly #added: readonly Added[];
  readonly #format: LineFormat;
  readonly #grouped: GroupedFields;

  constructor(kind: 'text' | 'json', fields: readonly string[], removed: ReadonlySet<string>, added: readonly Added[]) {
    const kept = fields.filter((name) => !removed.has(name) && !added.some((field) => field.name === name));
    const names = [...kept, ...added.map((field) => field.name)];
    this.#sources = kept.map(sourceOf);
    this.#added = added;
    this.#format = lineFormat(kind, names);
    this.#grouped = new GroupedFields(kind, names, removed);
  }

  line(x: Exchange, labels: RouteLabels, durationMs: number): string {
    const values: (LogValue | FieldGroup)[] = this.#sources.map((source) => source(x, labels, durationMs));
    let groups = false;
    for (const { value } of this.#added) {
      const added = value(x);
      groups ||= added instanceof FieldGroup;
      values.push(added);
    }
    const time = this.#clock.format(x.record.startedAt + durationMs);
    return groups ? this.#grouped.line(time, values) : this.#format(time, values);
  }
}

function sourceOf(name: string): Source {
  const source = sources[name];
  if (source === undefined) throw new Error(`no source for the access log field ${name}`);
  return source;
}

const sources: Readonly<Record<string, Source>> = {
  gateway: (_x, labels) => present(labels.values[1]),
  listener: (_x, labels) => present(labels.values[2]),
  route: (_x, labels) => present(labels.values[3]),
  route_rule: (_x, labels) => present(labels.values[4]),
  endpoint: (x) => present(x.record.upstreamAddress || x.record.endpoint),
  'src.addr': (x) => clientAddress(x.connection),
  'src.identity': (x) => clientIdentity(x.connection),
  'http.method': (x) => x.record.method,
  'http.host': (x) => present(x.record.authority),
  'http.path': (x) => x.record.path,
  'http.version': (x) => versionNames[x.request.version],
  'http.status': (x) => (x.record.status === 0 ? null : x.record.status),
  'grpc.status': (x) => callStatus(x),
  'jwt.sub': (x) => provedText(x, 'jwt', 'sub'),
  'agw.api_key.name': (x) => provedText(x, 'apiKey', 'name'),
  protocol: (x) => x.backend?.protocol,
  'a2a.method': (x) => (x.record.a2a?.request.kind === 'request' ? x.record.a2a.request.method : null),
  'a2a.response.outcome': (x) => present(x.record.a2a?.outcome),
  'a2a.response.error_code': (x) => x.record.a2a?.errorCode,
  'a2a.result.kind': (x) => present(x.record.a2a?.resultKind),
  'a2a.task.state': (x) => present(x.record.a2a?.taskState),
  'a2a.context.id': (x) => present(x.record.a2a?.contextId),
  'mcp.method.name': (x) => present(x.record.mcp?.methodName),
  'mcp.target': (x) => present(x.record.mcp?.target),
  'mcp.resource.type': (x) => present(x.record.mcp?.resourceType),
  'mcp.resource.uri': (x) => mcpResource(x, 'resource'),
  'gen_ai.tool.name': (x) => mcpResource(x, 'tool'),
  'gen_ai.prompt.name': (x) => mcpResource(x, 'prompt'),
  // Enough to tell sessions apart; the whole id would let its reader into the session.
  'mcp.session.id': (x) => present(x.record.mcp?.sessionId.slice(0, 12)),
  'mcp.error.code': (x) => x.record.mcp?.errorCode,
  'mcp.error.message': (x) => x.record.mcp?.errorMessage,
  'gen_ai.operation.name': (x) => x.record.llm?.operation,
  'gen_ai.provider.name': (x) => x.record.llm?.provider,
  'gen_ai.request.model': (x) => x.record.llm?.requestModel,
  'gen_ai.response.model': (x) => x.record.llm?.responseModel,
  'gen_ai.usage.input_tokens': (x) => x.record.llm?.inputTokens,
  'gen_ai.usage.cache_creation.input_tokens': (x) => x.record.llm?.cacheCreationInputTokens,
  'gen_ai.usage.cache_read.input_tokens': (x) => x.record.llm?.cachedInputTokens,
  'gen_ai.usage.output_tokens': (x) => x.record.llm?.outputTokens,
  'gen_ai.usage.reasoning_tokens': (x) => x.record.llm?.reasoningTokens,
  'gen_ai.usage.input_audio_tokens': (x) => x.record.llm?.inputAudioTokens,
  'gen_ai.usage.input_image_tokens': (x) => x.record.llm?.inputImageTokens,
  'gen_ai.usage.output_audio_tokens': (x) => x.record.llm?.outputAudioTokens,
  'gen_ai.usage.output_image_tokens': (x) => x.record.llm?.outputImageTokens,
  'agw.ai.time_to_first_token': (x) => milliseconds(x.record.llm?.timeToFirstTokenMs),
  'agw.ai.time_per_output_token': (x, _labels, durationMs) => perToken(x, durationMs),
  'waygate.llm.estimated': (x) => (x.record.llm?.estimated === true ? true : undefined),
  'waygate.llm.tried': (x) => present(x.record.llm?.tried.join(', ')),
  'waygate.llm.tried_tokens': (x) => (x.record.llm === null ? undefined : failedTokens(x.record.llm) || undefined),
  'waygate.llm.dropped': (x) => present(x.record.llm?.dropped.join(', ')),
  'waygate.authorization.decision': (x) => present(x.record.decision),
  'waygate.authorization.by': (x) => present(x.record.decidedBy),
  'waygate.authorization.hidden': (x) => (x.record.hidden === 0 ? null : x.record.hidden),
  'waygate.bytes.received': (x) => x.record.carried?.forward,
  'waygate.bytes.sent': (x) => x.record.carried?.backward,
  'retry.attempt': (x) => (x.record.retries === 0 ? null : x.record.retries),
  error: (x) => present(x.record.error),
  reason: (x) => x.record.reason,
  duration: (_x, _labels, durationMs) => milliseconds(durationMs),
};

/** Who a client is by its certificate: its SPIFFE id, else its subject. */
export function clientIdentity({ tls }: ConnectionInfo): LogValue {
  return present(tls?.client?.spiffeId ?? tls?.client?.subject);
}

/** `ip:port`, IPv6 in brackets. */
export function clientAddress({ remoteAddress, remotePort }: ConnectionInfo): string {
  return hostPort(remoteAddress, remotePort);
}

function present(text: string | undefined): LogValue {
  return text === undefined || text === '' ? null : text;
}

/** A text of what authentication made known. */
function provedText(x: Exchange, root: 'jwt' | 'apiKey', name: string): LogValue {
  const facts = x.fact(root);
  if (facts === undefined) return null;
  const value = facts instanceof ProvedFacts ? facts.field(name) : (facts as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? present(value) : null;
}

function milliseconds(ms: number | null | undefined): LogValue {
  return ms === null || ms === undefined ? null : `${Math.round(ms * 1000) / 1000}ms`;
}

function mcpResource(x: Exchange, type: string): LogValue {
  const { mcp } = x.record;
  return mcp !== null && mcp.resourceType === type ? mcp.resourceName : null;
}

function perToken(x: Exchange, durationMs: number): LogValue {
  const { llm } = x.record;
  if (llm === null || llm.timeToFirstTokenMs === null || llm.outputTokens === null || llm.outputTokens < 2) return null;
  return milliseconds((durationMs - llm.timeToFirstTokenMs) / (llm.outputTokens - 1));
}
