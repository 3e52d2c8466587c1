import type { HeaderView } from '../../expr/cel/headers.ts';
import { versionNames } from '../../net/http/message.ts';
import type { Exchange } from '../exchange.ts';
import { hostOf } from '../match/hostname.ts';
import { bodyPrefixBytes } from '../policies/body-reader.ts';
import { headerView, lengthField } from './header-source.ts';

/** `request` of expressions: the request as it now is, after the policies so far. */
export interface RequestAttributes {
  readonly method: string;
  readonly uri: string;
  readonly host: string;
  readonly scheme: string;
  readonly path: string;
  readonly pathAndQuery: string;
  readonly version: string;
  readonly headers: HeaderView;
  readonly body: Uint8Array | undefined;
  readonly bodyPrefix: Uint8Array | undefined;
  readonly startTime: Date;
  readonly endTime: Date | undefined;
}

const noBytes: Buffer = Buffer.alloc(0);

/** Attributes computed when they are read, so that an expression pays only for what it names. */
export function requestAttributes(x: Exchange): RequestAttributes {
  const { request, record } = x;
  let headers: HeaderView | null = null;
  return {
    get method() {
      return request.method;
    },
    get uri() {
      return `${request.scheme}://${request.authority}${request.path}${request.query}`;
    },
    get host() {
      return hostOf(request.authority);
    },
    get scheme() {
      return request.scheme;
    },
    get path() {
      return request.path;
    },
    get pathAndQuery() {
      return request.path + request.query;
    },
    get version() {
      return versionNames[request.version];
    },
    get headers() {
      return (headers ??= headerView(request.headers, { host: request.authority, ...lengthField(request.bodyLength) }));
    },
    get body() {
      return x.body.seen ?? (request.bodyLength === 0 ? noBytes : undefined);
    },
    get bodyPrefix() {
      return this.body?.subarray(0, bodyPrefixBytes);
    },
    get startTime() {
      return new Date(record.startedAt);
    },
    get endTime() {
      return record.respondedMs === 0 ? undefined : new Date(record.startedAt + record.respondedMs - record.startedMs);
    },
  };
}
