/** JSON-RPC 2.0 messages as MCP restricts them: ids are strings or numbers, params are objects. */
import { eachElement, eachMember, skipBlank } from './json-text.ts';

/** Error codes of JSON-RPC 2.0 §5.1 and of MCP. */
export const codes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  resourceNotFound: -32002,
  requestCancelled: -32800,
} as const;

/** A request's id. */
export type RequestId = string | number;

/** Parsed params of a message. */
export type Params = Readonly<Record<string, unknown>>;

/** One parsed message, together with its text, so that what is relayed stays as it was sent. */
export class Message {
  readonly kind: 'request' | 'notification' | 'result' | 'error';
  /** Null for notifications, and for error responses to something unreadable. */
  readonly id: RequestId | null;
  /** The id as written, quotes included; '' where `id` is null. */
  readonly idText: string;
  /** '' for responses. */
  readonly method: string;
  /** Of requests and notifications; null when absent. */
  readonly params: Params | null;
  /** The parsed result or error of a response. */
  readonly outcome: unknown;
  /** The text of params, result or error; '' when absent. */
  readonly bodyText: string;

  constructor(
    kind: Message['kind'],
    id: RequestId | null,
    idText: string,
    method: string,
    params: Params | null,
    outcome: unknown,
    bodyText: string,
  ) {
    this.kind = kind;
    this.id = id;
    this.idText = idText;
    this.method = method;
    this.params = params;
    this.outcome = outcome;
    this.bodyText = bodyText;
  }
}

/** An answer to a request that is an error; `message` is shown to the peer. */
export class RpcError extends Error {
  readonly code: number;
  /** The limit that refused the request, as records name it, or ''. */
  readonly limit: string;

  constructor(code: number, message: string, limit = '') {
    super(message);
    this.name = 'RpcError';
    this.code = code;
    this.limit = limit;
  }
}

/**
 * The message in `text`, or all of a batch.
 * @throws RpcError `-32700` when it is not JSON, `-32600` when it is not a message.
 */
export function parseMessages(text: string): Message | Message[] {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch (error) {
    throw new RpcError(codes.parseError, `Parse error: ${(error as Error).message.slice(0, 200)}`);
  }
  const at = skipBlank(text, 0);
  if (!Array.isArray(value)) return toMessage(value, text, at);
  if (value.length === 0) throw new RpcError(codes.invalidRequest, 'Invalid Request: the batch is empty');
  const messages: Message[] = [];
  eachElement(text, at, (start) => messages.push(toMessage(value[messages.length], text, start)));
  return messages;
}

/** True for a non-null, non-array object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `{"jsonrpc":"2.0","id":…,"method":…,"params":…}`; `paramsText` may be ''. */
export function requestText(idText: string | number, method: string, paramsText: string): string {
  const tail = paramsText === '' ? '}' : `,"params":${paramsText}}`;
  return `{"jsonrpc":"2.0","id":${idText},"method":${JSON.stringify(method)}${tail}`;
}

/** The method of a request with a number as id, as {@link requestText} writes it. */
export function requestMethod(text: string): string {
  const start = text.indexOf('"method":"') + '"method":"'.length;
  return text.slice(start, text.indexOf('"', start));
}

/** A notification; `paramsText` may be ''. */
export function notificationText(method: string, paramsText: string): string {
  const tail = paramsText === '' ? '}' : `,"params":${paramsText}}`;
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${tail}`;
}

/** A successful response with the given result text. */
export function resultText(idText: string, result: string): string {
  return `{"jsonrpc":"2.0","id":${idText},"result":${result}}`;
}

/** An error response with the given error object text. */
export function rawErrorText(idText: string, error: string): string {
  return `{"jsonrpc":"2.0","id":${idText === '' ? 'null' : idText},"error":${error}}`;
}

/** An error response. `idText` '' prints `null`. */
export function errorText(idText: string, code: number, message: string): string {
  return rawErrorText(idText, `{"code":${code},"message":${JSON.stringify(message)}}`);
}

function toMessage(value: unknown, text: string, at: number): Message {
  if (!isObject(value)) throw new RpcError(codes.invalidRequest, 'Invalid Request: a message is a JSON object');
  if (value['jsonrpc'] !== '2.0') throw new RpcError(codes.invalidRequest, 'Invalid Request: jsonrpc must be "2.0"');
  const id = value['id'];
  const method = value['method'];
  const params = value['params'];
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number') {
    throw new RpcError(codes.invalidRequest, 'Invalid Request: id must be a string or a number');
  }
  const isCall = method !== undefined;
  if (isCall && typeof method !== 'string') {
    throw new RpcError(codes.invalidRequest, 'Invalid Request: method must be a string');
  }
  if (isCall && params !== undefined && !isObject(params)) {
    throw new RpcError(codes.invalidRequest, 'Invalid Request: params must be an object');
  }
  if (isCall && id === null) throw new RpcError(codes.invalidRequest, 'Invalid Request: id must not be null');
  const isResult = 'result' in value;
  if (!isCall && isResult === 'error' in value) {
    throw new RpcError(codes.invalidRequest, 'Invalid Request: neither a method nor one of result and error');
  }
  if (!isCall && isResult && (id === undefined || id === null)) {
    throw new RpcError(codes.invalidRequest, 'Invalid Request: a response has an id');
  }
  const bodyKey = isCall ? 'params' : isResult ? 'result' : 'error';
  let idText = '';
  let bodyText = '';
  eachMember(text, at, (key, start, end) => {
    if (key === 'id') idText = text.slice(start, end);
    else if (key === bodyKey) bodyText = text.slice(start, end);
  });
  if (!isCall) {
    const outcome = isResult ? value['result'] : value['error'];
    return new Message(
      isResult ? 'result' : 'error',
      id ?? null,
      typeof id === 'string' || typeof id === 'number' ? idText : '',
      '',
      null,
      outcome,
      bodyText,
    );
  }
  const kind = id === undefined ? 'notification' : 'request';
  return new Message(kind, id ?? null, idText, method, isObject(params) ? params : null, undefined, bodyText);
}
