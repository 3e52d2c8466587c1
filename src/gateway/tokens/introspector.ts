import { hash } from 'node:crypto';
import { wallMs } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { LruMap } from '../../base/lru.ts';
import type { IntrospectionSpec } from '../../model/policies/authentication.ts';
import type { HttpCall } from '../../net/http/call.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { problemText } from '../credentials/problem.ts';
import { namesOneOf, timeProblem, validityOf, type Claims, type Validity } from './claims.ts';
import { maximumTokenLength, type TokenProblem } from './compact.ts';

/** A token that its authorization server says is active. */
export interface ActiveToken {
  readonly claims: Claims;
  readonly issuer: string;
  /** Who the token speaks of, unique among all principals. */
  readonly id: string;
}

type Answer = ActiveToken | TokenProblem;

interface Entry {
  readonly answer: Answer;
  readonly untilMs: number;
}

/** Answers are far smaller. */
const longestAnswer = 65_536;

const inactive: TokenProblem = 'the token is not active';

/**
 * Asks an authorization server about tokens (RFC 7662). Answers are kept for a while by the token's digest, those that a
 * token is not active as well, and of several requests with one token only the first asks.
 */
export class Introspector {
  readonly #spec: IntrospectionSpec;
  readonly #call: HttpCall;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #answers: LruMap<string, Entry>;
  readonly #pending: Map<string, Promise<Answer>>;

  constructor(spec: IntrospectionSpec, call: HttpCall, log: Logger, now: () => number = wallMs) {
    this.#spec = spec;
    this.#call = call;
    this.#log = log;
    this.#now = now;
    this.#answers = new LruMap(spec.cacheEntries);
    this.#pending = new Map();
  }

  /** What is known of the token, or what is wrong with it. Rejects with `authenticationUnavailable` where nobody says. */
  check(token: string): Answer | Promise<Answer> {
    if (token.length > maximumTokenLength) return `the token is longer than ${maximumTokenLength} characters`;
    // Characters of a token (RFC 6750 §2.1): anything else is none.
    if (!/^[\w.~+/-]+=*$/.test(token)) return inactive;
    const digest = hash('sha256', token, 'base64');
    const entry = this.#answers.get(digest);
    if (entry !== undefined) {
      if (this.#now() < entry.untilMs) return entry.answer;
      this.#answers.delete(digest);
    }
    let pending = this.#pending.get(digest);
    if (pending === undefined) {
      pending = this.#ask(token, digest).finally(() => this.#pending.delete(digest));
      this.#pending.set(digest, pending);
    }
    return pending;
  }

  async #ask(token: string, digest: string): Promise<Answer> {
    let answer: Claims;
    try {
      answer = await this.#request(token);
    } catch (error) {
      this.#log.warn('an authorization server could not be asked about a token', {
        url: this.#spec.url,
        problem: problemText(error, [token, this.#spec.clientSecret]),
      });
      throw new GatewayError('authenticationUnavailable', '', { cause: error });
    }
    const now = this.#now();
    const judged = this.#judge(answer, digest, now);
    const untilMs = Math.min(
      now + this.#spec.cacheTtlMs,
      typeof judged === 'string' ? Infinity : judged.validity.untilMs,
    );
    const result = typeof judged === 'string' ? judged : judged.token;
    if (this.#spec.cacheEntries > 0) this.#answers.set(digest, { answer: result, untilMs });
    return result;
  }

  async #request(token: string): Promise<Claims> {
    const { url, clientId, clientSecret, clientAuth, timeoutMs } = this.#spec;
    const { pathname, search } = new URL(url);
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' });
    const headers = new HeaderList(['content-type', 'application/x-www-form-urlencoded', 'accept', 'application/json']);
    if (clientAuth === 'basic') headers.append('authorization', `Basic ${basic(clientId, clientSecret)}`);
    else {
      form.set('client_id', clientId);
      form.set('client_secret', clientSecret);
    }
    const signal = AbortSignal.timeout(timeoutMs);
    const body = Buffer.from(form.toString());
    const reply = await this.#call({ method: 'POST', path: pathname + search, headers, body, signal });
    const text = await reply.text(longestAnswer);
    if (reply.status !== 200) throw new Error(`it answered ${reply.status}`);
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
      throw new Error('it answered no object');
    return answer as Claims;
  }

  #judge(
    claims: Claims,
    digest: string,
    now: number,
  ): { readonly token: ActiveToken; readonly validity: Validity } | TokenProblem {
    const { issuer, audiences, scopes } = this.#spec;
    if (claims['active'] !== true) return inactive;
    const validity = validityOf(claims, 0);
    if (typeof validity === 'string') return validity;
    const late = timeProblem(validity, now);
    if (late !== undefined) return late;
    const iss = claims['iss'];
    if (issuer !== undefined && iss !== undefined && iss !== issuer) return 'the token is of another issuer';
    if (audiences !== undefined && !namesOneOf(claims['aud'], audiences)) return 'the token is for another audience';
    const held = typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : [];
    const missing = scopes.find((scope) => !held.includes(scope));
    if (missing !== undefined) return `the token lacks the scope ${missing}`;
    const named = issuer ?? (typeof iss === 'string' ? iss : this.#spec.url);
    return { token: { claims, issuer: named, id: principalId(claims, named, digest) }, validity };
  }
}

/**
 * Who a token speaks of. Only `sub` is unique among all of an issuer's users: a user name, a client id and a token that names
 * nobody are other kinds of names (RFC 7662 §2.2), and equal text among them says nothing.
 */
function principalId(claims: Claims, issuer: string, digest: string): string {
  // No name is ambiguous with an issuer's end: a blank in an issuer is written as a URI has it.
  const written = issuer.replaceAll(' ', '%20');
  if (isName(claims['sub'])) return `introspection:${written} ${claims['sub']}`;
  for (const kind of ['username', 'client_id']) {
    const name = claims[kind];
    if (isName(name)) return `introspection.${kind}:${written} ${name}`;
  }
  return `introspection.token:${written} ${digest.slice(0, 22)}`;
}

function isName(claim: unknown): claim is string {
  return typeof claim === 'string' && claim !== '';
}

/** Client credentials, encoded as forms are before they are joined (RFC 6749 §2.3.1). */
function basic(id: string, secret: string): string {
  const encoded = [id, secret].map((part) => new URLSearchParams({ '': part }).toString().slice(1)).join(':');
  return Buffer.from(encoded).toString('base64');
}
