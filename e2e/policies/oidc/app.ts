import { startGateway, type TestGateway } from '../../../testkit/gateway.ts';
import { client, startProvider, type ProviderOptions, type TestProvider } from '../../../testkit/openid/provider.ts';
import type { Visitor } from '../../../testkit/openid/visitor.ts';
import { startUpstream, type Upstream } from '../../../testkit/upstream.ts';
import { freePorts } from '../../../testkit/free-ports.ts';

/** A gateway in front of an application. */
export interface Front extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly upstream: Upstream;
  readonly url: string;
  readonly port: number;
}

/** The same, and the provider at which its users sign in. */
export interface App extends Front {
  readonly provider: TestProvider;
}

/** What a test may choose. */
export interface AppOptions {
  readonly provider?: Partial<ProviderOptions>;
  /** Lines of the oidc section, YAML. */
  readonly oidc?: readonly string[];
  /** Where the policy stands. */
  readonly phase?: 'gateway' | 'route';
  readonly env?: Readonly<Record<string, string>>;
  /** Certificate and key files: the application is reached over TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Where browsers go after signing out. */
export const afterLogout = 'http://localhost:9/bye';

/** Starts all three. */
export async function startApp(options: AppOptions = {}): Promise<App> {
  const [port = 0] = await freePorts(1);
  const provider = await startProvider({
    redirectUri: `${urlOf(port, options)}/oauth/callback`,
    postLogoutRedirectUri: afterLogout,
    ...options.provider,
  });
  const front = await startFront(port, provider.issuer, options);
  const close = async (): Promise<void> => {
    await front[Symbol.asyncDispose]();
    await provider.close();
  };
  return { ...front, provider, [Symbol.asyncDispose]: close };
}

/** Starts a gateway and an application for a provider that is there. */
export async function startFront(port: number, issuer: string, options: AppOptions = {}): Promise<Front> {
  const url = urlOf(port, options);
  const upstream = await startUpstream();
  const gateway = await startGateway({
    yaml: configuration(port, url, issuer, upstream, options),
    env: { OIDC_COOKIE_SECRET: 'ab'.repeat(32), ...options.env },
  });
  const close = async (): Promise<void> => {
    await gateway.close();
    await upstream.close();
  };
  return { gateway, upstream, url, port, [Symbol.asyncDispose]: close };
}

function urlOf(port: number, { tls }: AppOptions): string {
  return `${tls === undefined ? 'http' : 'https'}://localhost:${port}`;
}

function configuration(
  port: number,
  url: string,
  issuer: string,
  upstream: Upstream,
  { oidc = [], phase = 'route', tls }: AppOptions,
): string {
  const section = [
    `issuer: ${issuer}`,
    `clientId: ${client.id}`,
    `clientSecret: ${client.secret}`,
    `redirectURI: ${url}/oauth/callback`,
    'scopes: [email]',
    `logoutPath: /logout`,
    `postLogoutRedirectURI: ${afterLogout}`,
    ...oidc,
  ];
  const lines = (indent: string): string => section.map((line) => `${indent}${line}`).join('\n');
  return `
frontendPolicies: { accessLog: { add: { uri: request.uri } } }
binds:
- port: ${port}
  listeners:
  - ${tls === undefined ? '' : `protocol: HTTPS\n    tls: { cert: "${tls.cert}", key: "${tls.key}" }\n    `}${phase === 'gateway' ? `policies:\n      oidc:\n${lines('        ')}\n    ` : ''}routes:
    - policies:
${phase === 'route' ? `        oidc:\n${lines('          ')}\n` : ''}        transformations:
          request: { set: { x-user: jwt.sub, x-email: jwt.email } }
      backends:
      - host: ${upstream.host}
`;
}

/** The first cookie that a visitor has of the application. */
export function firstCookie(visitor: Visitor): [name: string, value: string] {
  const [first] = visitor.cookies('localhost');
  if (first === undefined) throw new Error('the visitor has no cookie');
  return first;
}
