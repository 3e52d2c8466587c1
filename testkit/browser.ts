import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { eventually } from './client.ts';

/** A tab of a real browser. */
export interface Tab {
  /** Opens an address and waits until it, or where it leads, has loaded. */
  open(url: string): Promise<void>;
  /** The address of the page that is shown. */
  url(): Promise<string>;
  /** What an expression of JavaScript in the page yields, as JSON; promises are awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** Fills fields by their CSS selector and presses a button; waits until another page has loaded. */
  submit(fields: Readonly<Record<string, string>>, button: string): Promise<void>;
  /** Waits until the page's address begins like this. */
  reaches(start: string): Promise<void>;
  /** Text of the page. */
  text(): Promise<string>;
}

/** Chromium without a screen, with a profile of its own. */
export interface Browser extends AsyncDisposable {
  tab(): Promise<Tab>;
  /** Every cookie that it holds. */
  cookies(): Promise<readonly BrowserCookie[]>;
}

/** A cookie, as the browser took it. */
export interface BrowserCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly sameSite?: string;
}

/** Starts Chromium, driven over the DevTools protocol. */
export async function startBrowser(flags: readonly string[] = []): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'waygate-browser-'));
  const child = spawn(
    'chromium',
    [
      '--headless=new',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      // Containers seldom let it make namespaces, and tests run as root in them.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...flags,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    const lines: string[] = [];
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`chromium ended (${code}): ${lines.slice(-5).join('\n')}`)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      const [, found] = /DevTools listening on (ws:\S+)/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const devTools = await DevTools.connect(address);
  return {
    async tab() {
      const { targetId } = await devTools.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
      const attached = await devTools.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
      await devTools.send('Page.enable', {}, attached.sessionId);
      return new BrowserTab(devTools, attached.sessionId);
    },
    async cookies() {
      return (await devTools.send<{ cookies: BrowserCookie[] }>('Storage.getCookies')).cookies;
    },
    async [Symbol.asyncDispose]() {
      await devTools.send('Browser.close').catch(() => undefined); // the connection may close before the answer
      devTools.close();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(timer);
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

class BrowserTab implements Tab {
  readonly #devTools: DevTools;
  readonly #session: string;

  constructor(devTools: DevTools, session: string) {
    this.#devTools = devTools;
    this.#session = session;
  }

  async open(url: string): Promise<void> {
    await this.#loading(async () => {
      const { errorText } = await this.#send<{ errorText?: string }>('Page.navigate', { url });
      if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
    });
  }

  url(): Promise<string> {
    return this.evaluate('location.href');
  }

  text(): Promise<string> {
    return this.evaluate('document.body.innerText');
  }

  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send<{
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails !== undefined) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  async submit(fields: Readonly<Record<string, string>>, button: string): Promise<void> {
    const filled = Object.entries(fields).map(
      ([selector, value]) => `document.querySelector(${JSON.stringify(selector)}).value = ${JSON.stringify(value)};`,
    );
    await this.#loading(async () => {
      await this.evaluate(`${filled.join('')}document.querySelector(${JSON.stringify(button)}).click()`);
    });
  }

  async reaches(start: string): Promise<void> {
    await eventually(async () => {
      try {
        const state = await this.evaluate<string>('document.readyState + location.href');
        return state.startsWith(`complete${start}`);
      } catch {
        return false; // between two pages
      }
    }, `the page ${start}`);
  }

  async #loading(action: () => Promise<void>): Promise<void> {
    const loaded = this.#devTools.event('Page.loadEventFired', this.#session);
    await action();
    await loaded;
  }

  #send<T>(method: string, parameters: object): Promise<T> {
    return this.#devTools.send<T>(method, parameters, this.#session);
  }
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** https://chromedevtools.github.io/devtools-protocol/ */
class DevTools {
  readonly #socket: WebSocket;
  readonly #calls: Map<number, PromiseWithResolvers<unknown>>;
  readonly #events: Map<string, (() => void)[]>;
  #next: number;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#calls = new Map();
    this.#events = new Map();
    this.#next = 1;
    socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as Message));
    socket.on('close', () => {
      for (const call of this.#calls.values()) call.reject(new Error('the browser closed the connection'));
    });
    socket.on('error', () => undefined);
  }

  static connect(url: string): Promise<DevTools> {
    const socket = new WebSocket(url);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(new DevTools(socket)));
      socket.once('error', reject);
    });
  }

  send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = this.#next++;
    const call = Promise.withResolvers<unknown>();
    this.#calls.set(id, call);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return call.promise as Promise<T>;
  }

  /** Resolves with the next event of a session. */
  event(method: string, sessionId: string): Promise<void> {
    const key = `${sessionId} ${method}`;
    return new Promise((resolve) => this.#events.set(key, [...(this.#events.get(key) ?? []), resolve]));
  }

  close(): void {
    this.#socket.close();
  }

  #take({ id, method, sessionId, result, error }: Message): void {
    if (id !== undefined) {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error.message));
    } else if (method !== undefined) {
      const key = `${sessionId ?? ''} ${method}`;
      for (const resolve of this.#events.get(key) ?? []) resolve();
      this.#events.delete(key);
    }
  }
}
