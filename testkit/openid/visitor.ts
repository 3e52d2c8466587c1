import { Buffer } from 'node:buffer';
import http from 'node:http';

/** A page as a visitor got it. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** What a visit may say. */
export interface VisitOptions {
  readonly method?: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const navigation = {
  accept: 'text/html,application/xhtml+xml',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

/**
 * A browser without a screen: cookies by host name as browsers keep them, redirects, and forms. What it holds can be
 * looked at and changed, which is what attackers do.
 */
export class Visitor {
  /** By host name, then by name. */
  readonly jar: Map<string, Map<string, string>> = new Map();
  /** Every address that was asked for, the first first. */
  readonly trail: string[] = [];

  /** Cookies that a host name has given. */
  cookies(host: string): Map<string, string> {
    let found = this.jar.get(host);
    if (found === undefined) this.jar.set(host, (found = new Map()));
    return found;
  }

  /** One request, without following where it leads. */
  async step(url: string, options: VisitOptions = {}): Promise<Page> {
    const { hostname, port, pathname, search } = new URL(url);
    return await this.#request(url, hostname, Number(port), pathname + search, options);
  }

  /** The same for a path as it is written, at `localhost`. */
  async raw(port: number, path: string, options: VisitOptions = {}): Promise<Page> {
    return await this.#request(`http://localhost:${port}/`, 'localhost', port, path, options);
  }

  async #request(url: string, hostname: string, port: number, path: string, options: VisitOptions): Promise<Page> {
    this.trail.push(url);
    const body = options.form === undefined ? '' : new URLSearchParams(options.form).toString();
    const cookie = [...this.cookies(hostname)].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.request({
        host: hostname,
        port,
        path,
        method: options.method ?? (options.form === undefined ? 'GET' : 'POST'),
        agent: false,
        headers: {
          ...navigation,
          ...(cookie === '' ? {} : { cookie }),
          ...(body === '' ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          ...options.headers,
        },
      });
      request.on('response', resolve);
      request.on('error', reject);
      request.end(body);
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    for (const line of response.headers['set-cookie'] ?? []) this.#take(hostname, line);
    return {
      url,
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: Buffer.concat(chunks).toString(),
    };
  }

  /** Goes to an address and wherever it leads, at most until `stop` says so. */
  async visit(url: string, options: VisitOptions = {}, stop: (url: string) => boolean = () => false): Promise<Page> {
    let page = await this.step(url, options);
    for (let i = 0; i < 15 && page.headers.location !== undefined; i++) {
      const next = new URL(page.headers.location, page.url).href;
      if (stop(next)) return page;
      page = await this.step(next);
    }
    return page;
  }

  /** Signs in at oidc-provider, from its login page on. */
  async signIn(page: Page, login: string, stop: (url: string) => boolean = () => false): Promise<Page> {
    let current = page;
    for (let i = 0; i < 3 && current.status === 200 && current.url.includes('/interaction/'); i++) {
      const action = /<form[^>]* action="([^"]+)"/.exec(current.text)?.[1] ?? '';
      const prompt = current.text.includes('name="login"') ? 'login' : 'consent';
      const form = prompt === 'login' ? { prompt, login, password: 'any' } : { prompt };
      current = await this.visit(new URL(action, current.url).href, { form }, stop);
    }
    return current;
  }

  #take(host: string, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals);
    const gone = attributes.some((attribute) => {
      const [key = '', value = ''] = attribute.split('=');
      if (key.toLowerCase() === 'max-age') return Number(value) <= 0;
      return key.toLowerCase() === 'expires' && Date.parse(value) < Date.now();
    });
    if (gone) this.cookies(host).delete(name);
    else this.cookies(host).set(name, pair.slice(equals + 1));
  }
}
