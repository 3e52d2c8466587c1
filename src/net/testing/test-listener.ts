import type { TestContext } from 'node:test';
import { httpsPort } from '../accept/protocols.ts';
import { HeaderList } from '../http/headers.ts';
import type { Inbound, InboundHandler, InboundObserver, RequestBodySink } from '../http/inbound.ts';
import { ResponseHead } from '../http/message.ts';
import type { ListenerSettings } from '../http2/settings.ts';
import { openListener, type ListenerHandle, type ListenerOptions } from '../listen.ts';
import { Sweeper } from '../sweeper.ts';
import type { TlsContextSpec } from '../tls/contexts.ts';
import { RawClient } from './raw-client.ts';

/** Generous settings; times do not end a test by chance. */
export const testSettings: ListenerSettings = {
  maxHeadSize: 32_768,
  maxHeaders: 100,
  maxTargetLength: 8192,
  headTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  bodyMinRate: 0,
  sendTimeoutMs: 30_000,
  idleTimeoutMs: 30_000,
  maxConnectionMs: 0,
  headerCase: 'lowercase',
  tlsHandshakeTimeoutMs: 15_000,
  alpn: ['h2', 'http/1.1'],
  http2: {
    maxConcurrentStreams: 100,
    streamWindow: 65_535,
    connectionWindow: 1_048_576,
    maxFrameSize: 16_384,
    maxHeaderListSize: 32_768,
    keepaliveIntervalMs: 0,
    keepaliveTimeoutMs: 10_000,
  },
};

/** A listener on a free loopback port, closed with the test. */
export async function testListener(
  t: TestContext,
  handler: InboundHandler,
  options: Partial<Omit<ListenerOptions, 'settings'>> & {
    readonly settings?: Partial<ListenerSettings>;
    /** Present: HTTPS with these certificates. */
    readonly tls?: readonly TlsContextSpec[];
  } = {},
): Promise<ListenerHandle & { readonly client: () => RawClient }> {
  const { settings, tls, ...rest } = options;
  const listener = await openListener({
    addresses: ['127.0.0.1'],
    port: 0,
    sweeper: new Sweeper(20),
    handler,
    ...(tls === undefined ? {} : { protocols: httpsPort(tls) }),
    ...rest,
    settings: () => ({ ...testSettings, ...settings }),
  });
  t.after(async () => {
    listener.destroyAll();
    await listener.stopAccepting();
  });
  return Object.assign(listener, {
    client: (): RawClient => {
      const client = RawClient.connect(listener.port);
      t.after(() => client.destroy());
      return client;
    },
  });
}

/** Answers with a text of known length. */
export function reply(inbound: Inbound, status: number, body: string, fields: readonly string[] = []): void {
  const bytes = Buffer.from(body);
  inbound.respond(new ResponseHead(status, new HeaderList([...fields]), bytes.length), 'payload');
  inbound.write(bytes);
  inbound.end(null);
}

/** An observer that remembers. */
export class Watch implements InboundObserver {
  drains = 0;
  closed: boolean | null = null;
  onDrain(): void {
    this.drains += 1;
  }
  onClosed(complete: boolean): void {
    if (this.closed !== null) throw new Error('onClosed came twice');
    this.closed = complete;
  }
}

/** A sink that remembers. */
export class Collect implements RequestBodySink {
  text = '';
  trailers: HeaderList | null = null;
  ended = false;
  failed = '';
  readonly #onEnd: () => void;
  readonly #onFail: () => void;

  constructor(onEnd: () => void = () => undefined, onFail: () => void = () => undefined) {
    this.#onEnd = onEnd;
    this.#onFail = onFail;
  }
  data(chunk: Buffer): boolean {
    this.text += chunk.toString('latin1');
    return true;
  }
  end(trailers: HeaderList | null): void {
    this.ended = true;
    this.trailers = trailers;
    this.#onEnd();
  }
  fail(error: Error): void {
    this.failed = error.message;
    this.#onFail();
  }
}
