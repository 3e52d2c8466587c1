/** What of a client's header fields goes to servers, besides what MCP itself says in fields. */
import { createHash } from 'node:crypto';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { Caller } from '../caller.ts';

/** What one target gets of its clients' fields. */
export interface ForwardRule {
  /** Lower case. */
  readonly fields: readonly string[];
  /** Single cookies. */
  readonly cookies: readonly string[];
}

/** Fields that every target gets, with the request that they came with (W3C Trace Context, W3C Baggage). */
const traceFields: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'baggage']);

const none: readonly string[] = [];

/** The rules of all targets of a backend. */
export class Forwarding {
  readonly #rules: readonly { readonly fields: ReadonlySet<string>; readonly cookies: ReadonlySet<string> }[];
  /** False: targets get nothing that tells one client from another. */
  readonly any: boolean;

  /** @param rules By target; what is absent gets nothing. */
  constructor(rules: readonly (ForwardRule | null)[]) {
    this.#rules = rules.map((rule) => ({ fields: new Set(rule?.fields), cookies: new Set(rule?.cookies) }));
    this.any = this.#rules.some(({ fields, cookies }) => fields.size + cookies.size > 0);
  }

  /** The fields for a target, as a flat list of names and values. */
  pick(target: number, headers: HeaderList, withTrace: boolean): readonly string[] {
    const rule = this.#rules[target];
    if (rule === undefined || (!withTrace && !this.any)) return none;
    const flat: string[] = [];
    for (const [name, value] of headers) {
      if (rule.fields.has(name) || (withTrace && traceFields.has(name))) flat.push(name, value);
      else if (name === 'cookie' && rule.cookies.size > 0) {
        const kept = value.split(';').filter((pair) => rule.cookies.has((pair.split('=', 1)[0] ?? '').trim()));
        if (kept.length > 0) flat.push('cookie', kept.map((pair) => pair.trim()).join('; '));
      }
    }
    return flat;
  }

  /** Equal for clients that no target can tell apart by their fields; '' when it never can. */
  key(headers: HeaderList): string {
    if (!this.any) return '';
    const picked = this.#rules.map((_, target) => this.pick(target, headers, false));
    return createHash('sha256').update(JSON.stringify(picked)).digest('base64url');
  }
}

/**
 * The fields for servers that one client stands for. What a request causes goes with that request's fields; handshakes,
 * lists, streams and the end of sessions go with those of the client's latest request.
 */
export class ClientFields {
  readonly #forwarding: Forwarding;
  #own: (readonly string[])[] | null = null;
  #key = '';

  constructor(forwarding: Forwarding) {
    this.#forwarding = forwarding;
  }

  /** Takes over the fields of a request; true when a server may take it for another client than the one before. */
  carry(headers: HeaderList, targets: number): boolean {
    if (!this.#forwarding.any) return false;
    const key = this.#forwarding.key(headers);
    if (key === this.#key) return false;
    const changed = this.#key !== '';
    this.#key = key;
    this.#own = Array.from({ length: targets }, (_, target) => this.#forwarding.pick(target, headers, false));
    return changed;
  }

  /** For what belongs to no request. */
  own(target: number): readonly string[] {
    return this.#own?.[target] ?? none;
  }

  /** For the request of a caller, or for one of our own. */
  of(target: number, caller: Caller | null): readonly string[] {
    return caller === null ? this.own(target) : this.#forwarding.pick(target, caller.headers, true);
  }
}
