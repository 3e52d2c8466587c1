import { HeaderList } from '../../net/http/headers.ts';
import type { ClientCertificate, ConnectionInfo, ResponseHead } from '../../net/http/message.ts';
import type { Exchange } from '../exchange.ts';
import { statusIn } from '../grpc/call-status.ts';
import { bodyPrefixBytes } from '../policies/body-reader.ts';
import { a2aAttributes } from './a2a-attributes.ts';
import { llmAttributes } from './llm-attributes.ts';
import { mcpAttributes } from './mcp-attributes.ts';
import { headerView, lengthField } from './header-source.ts';
import { proxyAttributes } from './proxy-attributes.ts';
import { RequestAttributes } from './request-attributes.ts';

/** The variables that expressions see for one exchange; each root is made when an expression first names it. */
export class ExchangeAttributes {
  /** The head that `response` shows; set before a response may be named. */
  response: ResponseHead | null;
  /** The whole body of it, for who holds it; null: what was captured while it passed. */
  responseBody: Buffer | null;
  readonly #x: Exchange;
  #request: RequestAttributes | null;

  constructor(x: Exchange) {
    this.#x = x;
    this.#request = null;
    this.response = x.response;
    this.responseBody = null;
  }

  /** A root variable's value, or undefined when this exchange has none. */
  get(root: string): unknown {
    return Object.hasOwn(roots, root) ? roots[root]?.(this.#x, this) : this.#x.fact(root);
  }

  get request(): RequestAttributes {
    return (this.#request ??= new RequestAttributes(this.#x));
  }
}

type Root = (x: Exchange, attributes: ExchangeAttributes) => unknown;

/** Where each root variable comes from (agentgateway §7). */
const roots: Readonly<Record<string, Root>> = {
  request: (_x, attributes) => attributes.request,
  response: (x, { response, responseBody }) => {
    const head = response ?? x.response;
    return head === null ? undefined : responseAttributes(x, head, responseBody);
  },
  proxy: (x) => proxyAttributes(x),
  source: (x) => sourceAttributes(x.connection, x.bind.sensitiveHeaders),
  destination: (x) => ({ address: x.connection.localAddress, port: x.connection.localPort }),
  backend: (x) =>
    x.backend === null ? undefined : { name: x.backend.name, type: x.backend.protocol, protocol: x.backend.protocol },
  llm: ({ record }) => (record.llm === null ? undefined : llmAttributes(record.llm, record.startedMs)),
  a2a: ({ record, backend }) => (record.a2a === null ? undefined : a2aAttributes(record.a2a, backend)),
  mcp: ({ record }) => (record.mcp === null ? undefined : mcpAttributes(record.mcp)),
};

function responseAttributes(x: Exchange, head: ResponseHead, whole: Buffer | null): unknown {
  return {
    code: head.status,
    headers: headerView(head.headers, lengthField(head.bodyLength), x.bind.sensitiveHeaders),
    get grpcStatus() {
      return x.record.grpcStatus ?? statusIn(head.headers) ?? undefined;
    },
    get body() {
      return whole ?? x.responseCapture?.bytes;
    },
    get bodyPrefix() {
      return (whole ?? x.responseCapture?.bytes)?.subarray(0, bodyPrefixBytes);
    },
  };
}

const noHeaders = new HeaderList();

/** `source` of expressions. @param sensitive As {@link headerView} takes them. */
export function sourceAttributes(
  { remoteAddress, remotePort, raw, tls, connectHeaders }: ConnectionInfo,
  sensitive?: ReadonlySet<string>,
): unknown {
  return {
    address: remoteAddress,
    port: remotePort,
    rawAddress: raw?.address ?? remoteAddress,
    rawPort: raw?.port ?? remotePort,
    connectHeaders: headerView(connectHeaders ?? noHeaders, {}, sensitive),
    ...(tls?.client === undefined ? {} : clientAttributes(tls.client)),
  };
}

function clientAttributes({ pem, ...names }: ClientCertificate): Record<string, unknown> {
  return { ...names, certificate: pem };
}
