import net from 'node:net';
import { once } from 'node:events';

/** A whole request as a strict reader sees it. */
export interface StrictRequest {
  /** Method and target. */
  readonly line: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/**
 * An upstream that reads HTTP/1.1 in the strictest way and knows nothing else: whatever is not said in exactly one way
 * is a fault. It answers each whole request with `METHOD target` as body, so that a client can tell whose answer it got.
 */
export class StrictUpstream implements AsyncDisposable {
  requests: StrictRequest[] = [];
  /** Method and target of requests whose body did not come to its end. */
  readonly cut: string[] = [];
  /** What no request may have had, in words. */
  readonly faults: string[] = [];
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #teePort: number;

  private constructor(teePort: number) {
    this.#teePort = teePort;
    this.#server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** @param teePort Loopback port of a server that gets the same bytes; its answers are dropped. */
  static async start(teePort = 0): Promise<StrictUpstream> {
    const upstream = new StrictUpstream(teePort);
    upstream.#server.listen(0, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  /** `127.0.0.1:port`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  /** The requests since the last call. */
  take(): StrictRequest[] {
    const { requests } = this;
    this.requests = [];
    return requests;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(socket: net.Socket): void {
    this.#sockets.add(socket);
    let text = '';
    const tee = this.#teePort === 0 ? null : net.connect(this.#teePort, '127.0.0.1').resume();
    tee?.on('error', () => undefined);
    socket.on('close', () => tee?.end());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (text.includes('\r\n\r\n')) this.cut.push(text.slice(0, text.indexOf(' HTTP/1.1\r\n')));
    });
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      tee?.write(chunk);
      text += chunk.toString('latin1');
      try {
        for (let read = readRequest(text); read !== null; read = readRequest(text)) {
          text = text.slice(read.end);
          this.requests.push(read.request);
          socket.write(answerTo(read.request, tee !== null), 'latin1');
        }
      } catch (error) {
        this.faults.push(`${(error as Error).message}: ${JSON.stringify(text.slice(0, 400))}`);
        socket.destroy();
      }
    });
  }
}

function answerTo({ line }: StrictRequest, close: boolean): string {
  const body = line.startsWith('HEAD ') ? '' : line;
  // The other server may close after what it does not like: what comes then it must get on a connection of its own.
  const last = close ? 'connection: close\r\n' : '';
  return `HTTP/1.1 200 OK\r\nx-line: ${line}\r\n${last}content-length: ${line.length}\r\n\r\n${body}`;
}

const requestLine = /^([!#$%&'*+\-.^_`|~0-9a-zA-Z]+) (\/[\x21\x22\x24-\x7e]*|(?<=OPTIONS )\*) HTTP\/1\.1$/;
const fieldLine =
  /^([!#$%&'*+\-.^_`|~0-9a-zA-Z]+): ((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)$/;

/** The request at the start of `text`, or null when more must come. Throws for what could be read in two ways. */
function readRequest(text: string): { readonly request: StrictRequest; readonly end: number } | null {
  const headEnd = text.indexOf('\r\n\r\n');
  // A line end that is not CR LF is a fault at once, not only in a whole head.
  if (/(?<!\r)\n|\r(?!\n|$)/.test(headEnd < 0 ? text : text.slice(0, headEnd))) throw new Error('a bare CR or LF');
  if (headEnd < 0) return null;
  const [first = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const start = requestLine.exec(first);
  if (start === null) throw new Error('a request line');
  const fields = lines.map((line) => {
    const match = fieldLine.exec(line);
    if (match === null) throw new Error('a field line');
    return [match[1] as string, match[2] as string] as const;
  });
  const all = (name: string): string[] => fields.filter(([n]) => n.toLowerCase() === name).map(([, value]) => value);
  if (all('host').length !== 1) throw new Error('not one Host');
  const [encodings, lengths] = [all('transfer-encoding'), all('content-length')];
  if (encodings.length + lengths.length > 1) throw new Error('more than one framing');
  if (encodings.length > 0 && encodings[0] !== 'chunked') throw new Error('an unknown coding');
  if (lengths.length > 0 && !/^(?:0|[1-9][0-9]{0,15})$/.test(lengths[0] as string)) throw new Error('a length');
  const body =
    encodings.length > 0 ? readChunks(text, headEnd + 4) : readLength(text, headEnd + 4, Number(lengths[0] ?? 0));
  return body === null
    ? null
    : {
        request: { line: `${start[1]} ${start[2]}`, fields: [...fields, ...body.trailers], body: body.text },
        end: body.end,
      };
}

interface Body {
  readonly text: string;
  readonly trailers: readonly (readonly [string, string])[];
  readonly end: number;
}

function readLength(text: string, at: number, length: number): Body | null {
  return text.length < at + length ? null : { text: text.slice(at, at + length), trailers: [], end: at + length };
}

function readChunks(text: string, start: number): Body | null {
  let at = start;
  let body = '';
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = text.slice(at, lineEnd);
    if (!/^[0-9A-Fa-f]{1,13}$/.test(size)) throw new Error('a chunk size');
    const length = Number.parseInt(size, 16);
    at = lineEnd + 2;
    if (length === 0) break;
    if (text.length < at + length + 2) return null;
    if (text.slice(at + length, at + length + 2) !== '\r\n') throw new Error('the end of a chunk');
    body += text.slice(at, at + length);
    at += length + 2;
  }
  const trailers: [string, string][] = [];
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    if (lineEnd === at) return { text: body, trailers, end: at + 2 };
    const match = fieldLine.exec(text.slice(at, lineEnd));
    if (match === null) throw new Error('a trailer');
    trailers.push([match[1] as string, match[2] as string]);
    at = lineEnd + 2;
  }
}
