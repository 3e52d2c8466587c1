import type { HeaderView } from '../../expr/cel/headers.ts';
import { CelObject } from '../../expr/cel/values.ts';
import { versionNames } from '../../net/http/message.ts';
import type { Exchange } from '../exchange.ts';
import { hostOf } from '../match/hostname.ts';
import { bodyPrefixBytes } from '../policies/body-reader.ts';
import { headerView, lengthField } from './header-source.ts';

const noBytes: Buffer = Buffer.alloc(0);

/**
 * `request` of expressions: the request as it now is, after the policies so far. Attributes are computed when they are
 * read, so that an expression pays only for what it names; an object with getters would cost 2 µs a request.
 */
export class RequestAttributes extends CelObject {
  readonly #x: Exchange;
  #headers: HeaderView | null;
  /** What {@link #headers} shows as `host` and as `content-length`. */
  #authority: string;
  #length: number;

  constructor(x: Exchange) {
    super();
    this.#x = x;
    this.#headers = null;
    this.#authority = '';
    this.#length = 0;
  }

  field(name: string): unknown {
    const { request, record, body } = this.#x;
    switch (name) {
      case 'method':
        return request.method;
      case 'uri':
        return `${request.scheme}://${request.authority}${request.path}${request.query}`;
      case 'host':
        return hostOf(request.authority);
      case 'scheme':
        return request.scheme;
      case 'path':
        return request.path;
      case 'pathAndQuery':
        return request.path + request.query;
      case 'version':
        return versionNames[request.version];
      case 'headers':
        return this.#fields();
      case 'body':
        return body.seen ?? (request.bodyLength === 0 ? noBytes : undefined);
      case 'bodyPrefix':
        return (body.seen ?? (request.bodyLength === 0 ? noBytes : undefined))?.subarray(0, bodyPrefixBytes);
      case 'startTime':
        return new Date(record.startedAt);
      case 'endTime':
        return record.respondedMs === 0
          ? undefined
          : new Date(record.startedAt + record.respondedMs - record.startedMs);
      default:
        return undefined;
    }
  }

  keys(): Iterable<string> {
    return names.filter((name) => this.field(name) !== undefined);
  }

  #fields(): HeaderView {
    const { request, bind } = this.#x;
    const { authority, bodyLength } = request;
    if (this.#headers === null || this.#authority !== authority || this.#length !== bodyLength) {
      this.#authority = authority;
      this.#length = bodyLength;
      const extra = { host: authority, ...lengthField(bodyLength) };
      this.#headers = headerView(request.headers, extra, bind.sensitiveHeaders);
    }
    return this.#headers;
  }
}

const names: readonly string[] = [
  'method',
  'uri',
  'host',
  'scheme',
  'path',
  'pathAndQuery',
  'version',
  'headers',
  'body',
  'bodyPrefix',
  'startTime',
  'endTime',
];
