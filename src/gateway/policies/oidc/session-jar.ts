import { LruMap } from '../../../base/lru.ts';
import type { SessionPorts } from '../../../mcp/session/session-ports.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import { cookieLines, expiredLines, readCookie } from './cookies.ts';
import { decodeSession, encodeSession, openSession, type Session, type SessionData } from './session.ts';
import type { OidcSettings } from './settings.ts';

/** Sessions that are remembered opened; some kilobytes each. */
const remembered = 1000;

/** The sessions that browsers carry in their cookies. */
export class SessionJar {
  readonly #settings: OidcSettings;
  readonly #ended: Pick<SessionPorts, 'ended' | 'deleted'>;
  readonly #now: () => number;
  /** By the sealed text. */
  readonly #opened: LruMap<string, Session>;

  constructor(settings: OidcSettings, ended: Pick<SessionPorts, 'ended' | 'deleted'>, now: () => number) {
    this.#settings = settings;
    this.#ended = ended;
    this.#now = now;
    this.#opened = new LruMap(remembered);
  }

  /** The session of a request, which may have expired; null without one, or when it was ended or lasts too long. */
  find(headers: HeaderList): Session | null {
    const sealed = readCookie(headers, this.#settings.sessionCookie);
    if (sealed === null) return null;
    const session = this.#opened.get(sealed) ?? this.#open(sealed);
    if (session === null || this.#now() >= this.#endMs(session)) return null;
    return this.#ended.ended.has(session.mark) ? null : session;
  }

  /** Values of `set-cookie` that give a browser a session; null when it is too long for them. */
  store(data: SessionData, headers: HeaderList): readonly string[] | null {
    const { sessions, sessionCookie } = this.#settings;
    const seconds = Math.max(1, Math.floor((this.#endMs(data) - this.#now()) / 1000));
    return cookieLines(sessionCookie, sessions.seal(encodeSession(data)), seconds, this.#settings, headers);
  }

  /** Ends a session: its cookies are worth nothing from now on, wherever they are. */
  end(session: Session): void {
    const until = this.#endMs(session);
    this.#ended.ended.add(session.mark, until);
    this.#ended.deleted(session.mark, until);
  }

  /** Values of `set-cookie` that take the session of a request away. */
  drop(headers: HeaderList): readonly string[] {
    return expiredLines(this.#settings.sessionCookie, this.#settings, headers);
  }

  /** A session without a refresh token cannot outlive its ID token. */
  #endMs({ signedInMs, refreshToken, expiresMs }: SessionData): number {
    const most = signedInMs + this.#settings.spec.sessionTtlMs;
    return refreshToken === null ? Math.min(most, expiresMs) : most;
  }

  #open(sealed: string): Session | null {
    const text = this.#settings.sessions.open(sealed);
    const data = text === null ? null : decodeSession(text);
    if (data === null) return null;
    const session = openSession(data, this.#settings.spec.issuer);
    this.#opened.set(sealed, session);
    return session;
  }
}
