import type { ProtoStruct } from '../../../base/protobuf/well-known.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { HeaderValueOption, QueryParameter } from '../../../net/grpc/envoy/core.ts';
import { changeFields, requestPseudo } from '../../envoy/field-changes.ts';
import type { Exchange } from '../../exchange.ts';
import type { LocalReply } from '../policy.ts';

/** What a service has said of a request; the same answer may serve many requests. */
export interface Decision {
  /** Null: the request goes on. `forbidden`: it does not, and the service has no answer of its own. */
  readonly reply: LocalReply | 'forbidden' | null;
  /** Becomes `extauthz` of expressions; null for none. */
  readonly facts: ProtoStruct | null;
  readonly set: readonly HeaderValueOption[];
  readonly remove: readonly string[];
  /** Changes of whatever the client gets. */
  readonly responseFields: readonly HeaderValueOption[];
  readonly query: { readonly set: readonly QueryParameter[]; readonly remove: readonly string[] } | null;
  /** False: it holds for this request only. */
  readonly reusable: boolean;
}

/** The request goes on as it is. */
export const passed: Decision = {
  reply: null,
  facts: null,
  set: [],
  remove: [],
  responseFields: [],
  query: null,
  reusable: false,
};

/** Does to the request what the service has said. */
export function applyDecision(x: Exchange, decision: Decision): LocalReply | undefined {
  const { reply, facts, set, remove, query } = decision;
  if (facts !== null) x.setFact('extauthz', facts);
  if (reply === 'forbidden') {
    throw new GatewayError('externalAuthorizationFailed', 'the authorization service refused the request');
  }
  if (reply !== null) return { ...reply, headers: reply.headers.clone() };
  if (set.length > 0 || remove.length > 0) {
    changeFields(x.request.headers, { set, remove }, requestPseudo(x.request, true));
  }
  if (query !== null) x.request.query = changedQuery(x.request.query, query.set, query.remove);
  return undefined;
}

/** @returns The query with its `?`, or ''. Parameters that are not named stay as they were written. */
export function changedQuery(query: string, set: readonly QueryParameter[], remove: readonly string[]): string {
  const gone = new Set([...remove, ...set.map(({ key = '' }) => key)]);
  const parts = query.slice(1).split('&');
  const kept = parts.filter((part) => part !== '' && !gone.has(nameOf(part)));
  const added = set.map(({ key = '', value = '' }) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  const all = [...kept, ...added].join('&');
  return all === '' ? '' : `?${all}`;
}

function nameOf(part: string): string {
  const name = part.split('=', 1)[0] ?? '';
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
