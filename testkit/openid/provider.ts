import { generateKeyPairSync, randomUUID } from 'node:crypto';
import http from 'node:http';
import Provider from 'oidc-provider';
import { freePorts } from '../free-ports.ts';

/** A client that the provider knows. */
export const client = { id: 'waygate', secret: 'the secret of the client' } as const;

/** A request that the provider got. */
export interface ProviderRequest {
  readonly method: string;
  readonly path: string;
}

/** An answer in place of the provider's. */
export interface ProviderAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** An OpenID provider (the npm package oidc-provider) on a loopback port; any name and password sign in. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly port: number;
  readonly requests: readonly ProviderRequest[];
  /** Answers every request with this status instead, until it is null again. */
  fail(status: number | null): void;
  /** Answers requests for a path with this instead, until it is null again. */
  answer(path: string, answer: ProviderAnswer | null): void;
  /** Requests that begin with this path. */
  count(path: string): number;
  close(): Promise<void>;
}

/** What a test may choose. */
export interface ProviderOptions {
  /** Where browsers come back to. */
  readonly redirectUri: string;
  readonly postLogoutRedirectUri?: string;
  /** Seconds that ID tokens live. */
  readonly idTokenSeconds?: number;
  /** Characters of a claim that makes ID tokens long. */
  readonly padding?: number;
  /** Every refresh token is good once. */
  readonly rotate?: boolean;
  readonly secretMethod?: 'client_secret_basic' | 'client_secret_post';
  /** Further settings of the package. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Further members of the client. */
  readonly client?: Readonly<Record<string, unknown>>;
}

/** Starts a provider. */
export async function startProvider(options: ProviderOptions): Promise<TestProvider> {
  const [port = 0] = await freePorts(1);
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rotate = options.rotate === true;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [options.redirectUri],
        post_logout_redirect_uris: options.postLogoutRedirectUri === undefined ? [] : [options.postLogoutRedirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: options.secretMethod ?? 'client_secret_basic',
        ...options.client,
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['for tests'] },
    claims: { openid: ['sub'], email: ['email', 'padding'] },
    conformIdTokenClaims: false,
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, padding: 'x'.repeat(options.padding ?? 0) }),
    }),
    features: {
      devInteractions: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    ttl: { IdToken: options.idTokenSeconds ?? 3600, AccessToken: 3600, RefreshToken: 86_400, Session: 86_400 },
    issueRefreshToken: () => true,
    rotateRefreshToken: rotate,
    ...options.settings,
  });
  const serve = provider.callback();
  const requests: ProviderRequest[] = [];
  const answers = new Map<string, ProviderAnswer>();
  let failure: number | null = null;
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer);
    requests.push({ method: request.method ?? '', path: pathname });
    const instead = answers.get(pathname);
    if (failure !== null) response.writeHead(failure).end();
    else if (instead !== undefined) response.writeHead(instead.status).end(JSON.stringify(instead.body));
    else serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    issuer,
    port,
    requests,
    fail(status) {
      failure = status;
    },
    answer(path, answer) {
      if (answer === null) answers.delete(path);
      else answers.set(path, answer);
    },
    count: (path) => requests.filter((request) => request.path.startsWith(path)).length,
    close,
    [Symbol.asyncDispose]: close,
  };
}
