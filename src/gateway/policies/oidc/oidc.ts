import { wallMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { OidcSpec } from '../../../model/policies/oidc.ts';
import { TextBoard } from '../../../telemetry/shared/text-board.ts';
import type { Exchange } from '../../exchange.ts';
import { strongerOf } from '../../principal.ts';
import type { LocalReply, Policy, PolicyContext, PolicyFactory, Verdict } from '../policy.ts';
import { problemText } from '../../credentials/problem.ts';
import { callbackState, challenge, endLogin } from './callback.ts';
import { dropCookies } from './cookies.ts';
import { afterLogout, checkLogout, revoke } from './logout.ts';
import { beginLogin } from './login.ts';
import { isNavigation } from './navigation.ts';
import { Provider, type ReadyProvider } from './provider.ts';
import { Renewals } from './renewal.ts';
import { renewalsArea, renewalsShape } from './renewals-area.ts';
import { openSession, type Session, type SessionData } from './session.ts';
import { SessionJar } from './session-jar.ts';
import { oidcSettings, type OidcSettings } from './settings.ts';

/** Signs browsers in with OpenID Connect; what is no browser and has no session gets a 401. */
export const oidc: PolicyFactory<'oidc'> = {
  kind: 'oidc',
  compile(spec, context) {
    return new OidcPolicy(spec, context).policy;
  },
};

class OidcPolicy {
  readonly policy: Policy;
  readonly #settings: OidcSettings;
  readonly #context: PolicyContext;
  readonly #provider: Provider;
  readonly #jar: SessionJar;
  readonly #renewals: Renewals;
  /** Cookies that go out with answers under way. */
  readonly #cookies: Map<Exchange, readonly string[]>;

  constructor(spec: OidcSpec, context: PolicyContext) {
    this.#context = context;
    this.#settings = oidcSettings(spec, context.sessions.keys);
    this.#provider = new Provider(spec, { log: context.log, fetch: context.fetch, keys: (url) => context.keys(url) });
    this.#jar = new SessionJar(this.#settings, context.sessions, wallMs);
    const { buffer, workers } = context.area(renewalsArea.name, renewalsArea.bytes);
    this.#renewals = new Renewals({
      board: workers > 1 ? new TextBoard(renewalsShape, buffer) : null,
      settings: this.#settings,
      log: context.log,
      provider: () => this.#provider.get(),
      now: wallMs,
    });
    this.#cookies = new Map();
    context.onRelease(() => this.#provider.close());
    this.policy = {
      kind: 'oidc',
      request: (x) => this.#request(x),
      response: (x, { headers }) => {
        if (this.#cookies.size === 0) return;
        for (const line of this.#cookies.get(x) ?? []) headers.append('set-cookie', line);
      },
      // A renewed session must get to the browser whatever else fails: the one before may not be renewed again.
      onErrors: true,
    };
  }

  #request(x: Exchange): Verdict {
    const { request } = x;
    const { callbackPath, spec } = this.#settings;
    if (request.path === callbackPath) {
      const state = callbackState(request);
      if (state !== null) return this.#callback(x, state);
    }
    if (request.path === spec.logoutPath) return this.#logout(x);
    const session = this.#jar.find(request.headers);
    if (session === null) return this.#withoutSession(x);
    if (this.#renewals.isDue(session)) return this.#renew(x, session);
    return this.#pass(x, session);
  }

  #callback(x: Exchange, state: string): Promise<LocalReply> {
    // The code is a credential until it is redeemed, and expressions of logs may name the query.
    x.record.secretParameters = 'all';
    return endLogin(x.request, state, {
      settings: this.#settings,
      jar: this.#jar,
      log: this.#context.log,
      provider: () => this.#provider.get(),
      now: wallMs,
    });
  }

  #pass(x: Exchange, session: Session): undefined {
    x.principal = strongerOf(x.principal, session.principal);
    x.setFact('jwt', session.fact);
    x.credential = session.idToken;
    dropCookies(x.request.headers, this.#settings.cookiePrefix);
    return undefined;
  }

  #withoutSession(x: Exchange): Verdict {
    if (isSignedIn(x, this.#settings)) return undefined;
    if (!isNavigation(x.request)) {
      throw new GatewayError(
        'authenticationFailed',
        `this request has no session; sign in with a browser at ${this.#settings.origin}`,
        { fields: [['www-authenticate', challenge(this.#settings)]] },
      );
    }
    const begin = (provider: ReadyProvider): LocalReply => beginLogin(x.request, this.#settings, provider, wallMs());
    const provider = this.#provider.get();
    return provider instanceof Promise ? provider.then(begin) : begin(provider);
  }

  #renew(x: Exchange, session: Session): Verdict {
    const isGood = wallMs() < session.expiresMs;
    // One request waits for the new tokens; the others go on with the old ones while these are good.
    if (isGood && this.#renewals.isUnderWay(session)) return this.#pass(x, session);
    return this.#renewed(x, session, isGood);
  }

  async #renewed(x: Exchange, session: Session, isGood: boolean): Promise<LocalReply | undefined> {
    let data: SessionData | null;
    try {
      data = await this.#renewals.renew(session);
    } catch (error) {
      // While the provider cannot be asked, tokens that are still good are good.
      if (isGood) return this.#pass(x, session);
      throw error;
    }
    if (data === null) return this.#withoutSession(x);
    const cookies = this.#jar.store(data, x.request.headers);
    if (cookies === null) throw new GatewayError('authenticationUnavailable', 'the tokens are too long for cookies');
    this.#cookies.set(x, cookies);
    x.onClose(() => this.#cookies.delete(x));
    return this.#pass(x, openSession(data, this.#settings.spec.issuer));
  }

  async #logout(x: Exchange): Promise<LocalReply> {
    checkLogout(x.request, this.#settings);
    const session = this.#jar.find(x.request.headers);
    const cookies = this.#jar.drop(x.request.headers);
    if (session === null) return afterLogout(null, null, this.#settings, cookies);
    this.#jar.end(session);
    return afterLogout(session, await this.#giveUp(session), this.#settings, cookies);
  }

  /** Gives the session's refresh token up; the provider, or null where it cannot be asked. */
  async #giveUp(session: Session): Promise<ReadyProvider | null> {
    const { log, fetch } = this.#context;
    try {
      const provider = await this.#provider.get();
      await revoke(session, provider, fetch).catch((error: unknown) => {
        log.info('a refresh token could not be revoked', { problem: problemText(error, [session.refreshToken ?? '']) });
      });
      return provider;
    } catch (error) {
      log.info('an identity provider was not told of a sign-out', { problem: problemText(error, []) });
      return null;
    }
  }
}

/** True when the same policy has let the request pass before a route was chosen, and taken its cookies out of it. */
function isSignedIn({ principal }: Exchange, { spec }: OidcSettings): boolean {
  if (principal?.kind !== 'oidc' || principal.issuer !== spec.issuer) return false;
  const { aud } = principal.claims;
  return Array.isArray(aud) ? aud.includes(spec.clientId) : aud === spec.clientId;
}
