import { isUtf8 } from 'node:buffer';
import type { Reason } from '../base/errors.ts';
import { skipBlank } from '../mcp/wire/json-text.ts';
import { grpcRoles, readGrpcRequest, taskOfName } from './grpc-message.ts';
import { folded, membersOf, valueOf, objectOf, type Members } from './members.ts';
import {
  grpcPaths,
  jsonRpcMethods,
  type A2aBinding,
  type A2aMethod,
  type GrpcOperation,
  type Operation,
} from './operations.ts';
import { restReadings, type RestReading } from './rest-path.ts';
import { versionOf } from './version.ts';

/** A request as it came; nothing of it is changed. */
export interface A2aInput {
  readonly method: string;
  readonly path: string;
  /** It is a call of gRPC, by its content type. */
  readonly grpc: boolean;
  /** The field (or query parameter) `A2A-Version`. */
  readonly version: string | undefined;
  /** A field asks servers to take it for a request of another method. */
  readonly overridden: boolean;
  /** The whole body; null where it was not read. */
  readonly body: Buffer | null;
}

/** What a request asks an agent for; texts that it does not have are ''. */
export interface A2aRequest {
  readonly kind: 'request';
  readonly method: A2aMethod;
  readonly binding: A2aBinding;
  /** `Major.Minor` */
  readonly version: string;
  readonly streaming: boolean;
  readonly tenant: string;
  readonly taskId: string;
  readonly contextId: string;
  readonly messageId: string;
  /** As version 1.0 has it: `ROLE_USER`. */
  readonly role: string;
  /** Of a request of JSON-RPC. */
  readonly id: JsonRpcId;
}

/** An id of JSON-RPC; null where there is none. */
export type JsonRpcId = string | number | null;

/** A request of which nobody can tell for certain what an agent makes of it. */
export interface Unreadable {
  readonly kind: 'unreadable';
  /** How its client expects an error. */
  readonly binding: A2aBinding;
  /** What it is refused for where it has to be understood. */
  readonly reason: Extract<Reason, 'badRequest' | 'methodNotAllowed' | 'bodyTooLarge'>;
  /** Of JSON-RPC 2.0 §5.1. */
  readonly code: -32700 | -32600 | -32601 | -32602;
  /** What is wrong, without quoting the request. */
  readonly message: string;
  readonly id: JsonRpcId;
}

const maxIdLength = 1024;

/** True for a request whose body says what it asks for. */
export function hasReadableBody({ method, path, grpc }: A2aInput): boolean {
  return grpc ? grpcOperation(path) !== null : method === 'POST' || method === 'DELETE';
}

/** What a request asks for. */
export function classify(input: A2aInput): A2aRequest | Unreadable {
  if (input.grpc) return grpcCall(input);
  if (input.overridden) return unreadable('HTTP+JSON', -32600, 'its method is overridden by a field');
  const readings = restReadings(input.method, input.path);
  if (readings === null) return unreadable('HTTP+JSON', -32600, 'servers read its path in different ways');
  if (readings.length > 1) return unreadable('HTTP+JSON', -32600, 'its path has more than one meaning');
  const [reading] = readings;
  if (reading !== undefined) return restRequest(input, reading);
  if (input.method !== 'POST') return unreadable('HTTP+JSON', -32601, 'no operation of A2A has this method and path');
  return jsonRpcRequest(input);
}

function grpcCall({ path, version, body }: A2aInput): A2aRequest | Unreadable {
  const found = grpcOperation(path);
  if (found === null) return unreadable('GRPC', -32601, 'no operation of A2A has this path');
  if (body === null) return tooLarge('GRPC');
  const names = readGrpcRequest(found.method, found.version, body);
  if (typeof names === 'string') return unreadable('GRPC', -32600, names);
  const { message } = names;
  const named = found.task ? (names.task ?? '') : (message?.taskId ?? '');
  const taskId = found.task && found.version === '0.3' ? taskOfName(named) : named;
  return request(found, 'GRPC', versionOf(version, found.version), null, {
    tenant: names.tenant,
    taskId: taskId ?? '',
    contextId: message?.contextId ?? names.contextId,
    messageId: message?.messageId,
    role: message === undefined ? undefined : (grpcRoles[message.role ?? 0] ?? ''),
  });
}

/** What is before service and method is a prefix of the route. */
function grpcOperation(path: string): GrpcOperation | null {
  const [service, method] = path.split('/').slice(-2);
  return grpcPaths.get(`/${service}/${method}`) ?? null;
}

function restRequest(input: A2aInput, { operation, taskId, version: told }: RestReading): A2aRequest | Unreadable {
  const { body } = input;
  const version = versionOf(input.version, told);
  const wrong = (message: string): Unreadable => unreadable('HTTP+JSON', -32600, message);
  if (body?.byteLength === 0) return request(operation, 'HTTP+JSON', version, null, { taskId });
  if (body === null) return tooLarge('HTTP+JSON');
  const read = readObject(body);
  if (typeof read === 'string') return unreadable('HTTP+JSON', -32700, read);
  const { text, members } = read;
  if (members === null) return wrong('its body has a member twice');
  // Agents with one endpoint for everything would take it for another operation than its path says.
  if (members.has('jsonrpc')) return wrong('its path is one of REST, its body one of JSON-RPC');
  if (operation.task && !namesOnly(text, members, taskId)) return wrong('its path and its body name different tasks');
  const names = operation.message ? messageNames(text, members) : {};
  if (names === null) return wrong('its message has a member twice');
  return request(operation, 'HTTP+JSON', version, null, {
    tenant: valueOf(text, members, 'tenant'),
    ...(operation.message ? names : { taskId }),
  });
}

/** Some agents go by the task in the body of a request instead of the one in its path. */
function namesOnly(text: string, members: Members, taskId: string): boolean {
  const task = valueOf(text, members, 'taskId');
  const parent = valueOf(text, members, 'parent');
  return (
    (task === undefined || task === taskId) &&
    (parent === undefined || (typeof parent === 'string' && taskOfName(parent) === taskId))
  );
}

function jsonRpcRequest({ path, body, version }: A2aInput): A2aRequest | Unreadable {
  if (body === null) return tooLarge('JSONRPC');
  const read = readObject(body);
  if (typeof read === 'string') return unreadable('JSONRPC', -32700, `Parse error: ${read}`);
  const { text, members } = read;
  if (members === null)
    return unreadable('JSONRPC', -32600, 'Invalid Request: not one object, or one with a member twice');
  const given = valueOf(text, members, 'id');
  const id = typeof given === 'string' || typeof given === 'number' ? given : null;
  const wrong = (message: string): Unreadable => unreadable('JSONRPC', -32600, `Invalid Request: ${message}`, id);
  if (valueOf(text, members, 'jsonrpc') !== '2.0') return wrong('jsonrpc is not "2.0"');
  // Servers of gRPC take JSON there, too (Connect), and pass over members that they do not know.
  if (grpcOperation(path) !== null) return wrong('its path is one of gRPC');
  const method = valueOf(text, members, 'method');
  if (typeof method !== 'string') return wrong('method is no text');
  const found = jsonRpcMethods.get(method);
  if (found === undefined) return unreadable('JSONRPC', -32601, 'Method not found: no operation of A2A', id);
  const bare = !members.has('params') || valueOf(text, members, 'params') === undefined;
  const params: Members | null = bare ? new Map() : objectOf(text, members, 'params');
  if (params === null) return unreadable('JSONRPC', -32602, 'params is no object, or has a member twice', id);
  const names = found.message ? messageNames(text, params) : {};
  if (names === null) return unreadable('JSONRPC', -32602, 'message is no object, or has a member twice', id);
  return request(found, 'JSONRPC', versionOf(version, found.version), id, {
    tenant: valueOf(text, params, 'tenant'),
    contextId: valueOf(text, params, 'contextId'),
    ...names,
    ...(found.task ? { taskId: valueOf(text, params, found.by) } : {}),
  });
}

/** What names a request has as they were found, of whatever type. */
type Names = Readonly<Partial<Record<'tenant' | 'taskId' | 'contextId' | 'messageId' | 'role', unknown>>>;

/** The names in the message of a request; null where they are not clear. */
function messageNames(text: string, params: Members): Names | null {
  const message = objectOf(text, params, 'message');
  if (message === null) return params.has(folded('message')) ? null : {};
  const [taskId, contextId, messageId, role] = ['taskId', 'contextId', 'messageId', 'role'].map((name) =>
    valueOf(text, message, name),
  );
  return { taskId, contextId, messageId, role: typeof role === 'string' ? roleOf(role) : role };
}

/** `user` of version 0.3 is `ROLE_USER` of 1.0. */
function roleOf(role: string): string {
  return role.startsWith('ROLE_') ? role : `ROLE_${role.toUpperCase()}`;
}

function request(
  { method, streaming, task }: Operation,
  binding: A2aBinding,
  version: string,
  id: JsonRpcId,
  names: Names,
): A2aRequest | Unreadable {
  const { tenant = '', taskId = '', contextId = '', messageId = '', role = '' } = names;
  for (const name of [tenant, taskId, contextId, messageId, role]) {
    if (typeof name !== 'string' || name.length > maxIdLength) {
      return unreadable(binding, -32602, 'an id is no text, or too long', id);
    }
  }
  if (task && taskId === '') return unreadable(binding, -32602, `${method} names no task`, id);
  return {
    kind: 'request',
    method,
    binding,
    version,
    streaming,
    tenant: tenant as string,
    taskId: taskId as string,
    contextId: contextId as string,
    messageId: messageId as string,
    role: role as string,
    id,
  };
}

function unreadable(binding: A2aBinding, code: Unreadable['code'], message: string, id: JsonRpcId = null): Unreadable {
  const reason = code === -32601 && binding !== 'JSONRPC' ? 'methodNotAllowed' : 'badRequest';
  return { kind: 'unreadable', binding, reason, code, message, id };
}

function tooLarge(binding: A2aBinding): Unreadable {
  const message = 'its body is too large to be understood';
  return { kind: 'unreadable', binding, reason: 'bodyTooLarge', code: -32600, message, id: null };
}

/** A body of JSON; `members` is null where it is no object, or one with a member twice. Text: it is no JSON. */
function readObject(body: Buffer): { readonly text: string; readonly members: Members | null } | string {
  if (!isUtf8(body)) return 'the body is not valid UTF-8';
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return 'the body is not valid JSON';
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return { text, members: isObject ? membersOf(text, skipBlank(text, 0)) : null };
}
