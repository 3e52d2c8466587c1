import type { CustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { AccessLogSettings } from '../../model/bind.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { connectionFields } from '../../telemetry/access-log/fields.ts';
import { lineFormat, type LineFormat } from '../../telemetry/access-log/line.ts';
import { LineClock } from '../../telemetry/access-log/time.ts';
import type { LogValue } from '../../telemetry/access-log/value.ts';
import { Expressions, FieldGroup } from '../attributes/expressions.ts';
import { clientAddress, clientIdentity } from '../record/access-line.ts';
import { GroupedFields } from '../record/grouped-fields.ts';
import type { ConnectionAttributes } from './connection-attributes.ts';

/** What is known of a connection that has ended. Times in milliseconds, `endedAt` since the Unix epoch. */
export interface EndedConnection {
  readonly attributes: ConnectionAttributes;
  readonly endpoint: string;
  readonly received: number;
  readonly sent: number;
  /** '' where it ended as its two sides wanted. */
  readonly reason: string;
  readonly error: string;
  readonly durationMs: number;
  readonly endedAt: number;
}

type Source = (ended: EndedConnection) => LogValue;

/** Makes the access log lines of a bind's raw connections, one for each: which fields there are is settled once. */
export class ConnectionLine {
  readonly #clock: LineClock = new LineClock();
  readonly #filters: readonly ((attributes: ConnectionAttributes) => boolean)[];
  readonly #sources: readonly Source[];
  readonly #added: readonly ((attributes: ConnectionAttributes) => LogValue | FieldGroup)[];
  readonly #format: LineFormat;
  readonly #grouped: GroupedFields;

  constructor(bind: AccessLogSettings, { logging }: ProcessSettings, functions: CustomFunctions) {
    const expressions = new Expressions(functions);
    this.#filters = [logging.filter, bind.filter]
      .filter((source) => source !== undefined)
      .map((source) => expressions.condition(source, 'log'));
    // What a bind adds wins over what the process adds under the same name.
    const added = new Map([...logging.add, ...bind.add]);
    const removed = new Set([...logging.remove, ...bind.remove]);
    const kept = connectionFields.filter((name) => !removed.has(name) && !added.has(name));
    const names = [...kept, ...added.keys()];
    this.#sources = kept.map((name) => sources[name]);
    this.#added = [...added].map(([name, source]) => expressions.logField(name, source));
    this.#format = lineFormat(logging.format, names);
    this.#grouped = new GroupedFields(logging.format, names, removed);
  }

  /** The line without its newline, or null when a filter leaves the connection out. */
  format(ended: EndedConnection): string | null {
    const { attributes } = ended;
    for (const keep of this.#filters) if (!keep(attributes)) return null;
    const values: (LogValue | FieldGroup)[] = this.#sources.map((source) => source(ended));
    for (const value of this.#added) values.push(value(attributes));
    const time = this.#clock.format(ended.endedAt);
    return values.some((value) => value instanceof FieldGroup)
      ? this.#grouped.line(time, values)
      : this.#format(time, values as LogValue[]);
  }
}

const sources: Readonly<Record<(typeof connectionFields)[number], Source>> = {
  gateway: ({ attributes: { listener } }) =>
    listener === null ? null : `${listener.gatewayNamespace}/${listener.gatewayName}`,
  listener: ({ attributes }) => present(attributes.listener?.name),
  route_rule: ({ attributes }) => present(attributes.route?.ruleName),
  route: ({ attributes: { route } }) => (route === null ? null : `${route.namespace}/${route.name}`),
  endpoint: ({ endpoint }) => present(endpoint),
  'src.addr': ({ attributes }) => clientAddress(attributes.raw.connection),
  'src.identity': ({ attributes }) => clientIdentity(attributes.raw.connection),
  'tls.sni': ({ attributes }) => present(attributes.raw.serverName),
  protocol: () => 'tcp',
  'waygate.bytes.received': ({ received }) => received,
  'waygate.bytes.sent': ({ sent }) => sent,
  error: ({ error }) => present(error),
  reason: ({ reason }) => present(reason),
  duration: ({ durationMs }) => `${Math.round(durationMs * 1000) / 1000}ms`,
};

function present(text: string | undefined): LogValue {
  return text === undefined || text === '' ? null : text;
}
