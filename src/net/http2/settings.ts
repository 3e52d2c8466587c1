import type { Http2Settings } from '../../model/http2.ts';
import type { ConnectionSettings, ServerContext } from '../http1/connection-settings.ts';

/** Limits of the connections of one bind, whatever the HTTP version. */
export interface ListenerSettings extends ConnectionSettings {
  /** Protocols offered to TLS clients, the preferred first: `h2`, `http/1.1`. */
  readonly alpn: readonly string[];
  readonly http2: Http2Settings;
}

/** What all connections of a listener share. */
export interface ListenerContext extends ServerContext {
  readonly settings: () => ListenerSettings;
}
