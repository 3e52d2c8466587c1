import { wallMs } from '../../../base/clock.ts';
import { Datetime } from '../../../expr/cedar/values/time.ts';
import { CedarRecord, type CedarValue } from '../../../expr/cedar/values/value.ts';
import { versionNames } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import { hostOf } from '../../match/hostname.ts';
import { jsonValue } from './json-value.ts';
import { LazyRecord, type Fields } from './lazy-record.ts';
import { SourceRecord, sourceOf } from './source-record.ts';

/** Header fields by their lower-case names; of several of a name, the texts with commas between (RFC 9110 §5.3). */
class HeaderRecord extends CedarRecord {
  readonly #x: Exchange;

  constructor(x: Exchange) {
    super();
    this.#x = x;
  }

  override get(name: string): CedarValue | undefined {
    const { headers, authority } = this.#x.request;
    return name === 'host' ? authority : headers.combined(name);
  }

  override names(): Iterable<string> {
    return new Set(Array.from(this.#x.request.headers, ([name]) => name));
  }
}

const request: Fields<Exchange> = {
  method: (x) => x.request.method,
  scheme: (x) => x.request.scheme,
  host: (x) => hostOf(x.request.authority),
  path: (x) => x.request.path,
  pathAndQuery: (x) => x.request.path + x.request.query,
  version: (x) => versionNames[x.request.version],
  headers: (x) => new HeaderRecord(x),
};

const roots: Fields<Exchange> = {
  request: (x) => new LazyRecord(request, x),
  source: (x) => new SourceRecord(sourceOf(x)),
  metadata: (x) => jsonValue(x.fact('metadata') ?? {}),
  now: () => new Datetime(wallMs()),
};

/** What the context has for every question of a request, with the same values. */
export const commonNames: ReadonlySet<string> = new Set(Object.keys(roots));

/** The context of questions about one request: what is known of it, and what each question itself brings. */
export class RequestContext extends LazyRecord<Exchange> {
  /** What the question brings that is asked now, under names that no request has; null: nothing. */
  own: Readonly<Record<string, unknown>> | null = null;

  constructor(x: Exchange) {
    super(roots, x);
  }

  override get(name: string): CedarValue | undefined {
    if (this.own !== null && Object.hasOwn(this.own, name)) return jsonValue(this.own[name]);
    return super.get(name);
  }

  override names(): Iterable<string> {
    return [...super.names(), ...Object.keys(this.own ?? {})];
  }
}
