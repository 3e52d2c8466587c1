import { KEEP_ALIVE } from '../../net/http/sse.ts';
import type { McpHttpRequest } from '../http.ts';
import { streamHeaders } from '../session/channel.ts';
import { ClientStream } from '../session/client-stream.ts';
import type { Implementation } from '../wire/2025-11-25/handshake.ts';
import { metaKeys } from '../wire/2026-07-28/envelope.ts';
import { acknowledgement, tagged, type SubscriptionFilter } from '../wire/2026-07-28/subscriptions.ts';
import { notificationText, resultText } from '../wire/jsonrpc.ts';

/** One client's `subscriptions/listen`: a stream of what its filter lets through, tagged with the request's id. */
export class Listener {
  readonly filter: SubscriptionFilter;
  readonly #idText: string;
  readonly #stream = new ClientStream(1, null);
  #gone = false;

  /** @param onGone The client went away, or the stream was ended. */
  constructor(http: McpHttpRequest, idText: string, filter: SubscriptionFilter, onGone: (listener: Listener) => void) {
    this.filter = filter;
    this.#idText = idText;
    this.#stream.attach(http.openStream(200, streamHeaders()), -1, false);
    http.onClose(() => {
      if (this.#gone) return;
      this.#gone = true;
      onGone(this);
    });
    this.#stream.send(acknowledgement(filter, idText));
  }

  /** Sends a notification. */
  send(method: string, params: string): void {
    if (!this.#gone) this.#stream.send(notificationText(method, tagged(params, this.#idText)));
  }

  keepAlive(): void {
    this.#stream.keepAlive(KEEP_ALIVE);
  }

  /** Ends the stream with the answer that says so. */
  end(self: Implementation): void {
    const meta = `{"${metaKeys.subscriptionId}":${this.#idText},"${metaKeys.serverInfo}":${JSON.stringify(self)}}`;
    this.#stream.send(resultText(this.#idText, `{"resultType":"complete","_meta":${meta}}`));
    this.#stream.finish();
  }
}
