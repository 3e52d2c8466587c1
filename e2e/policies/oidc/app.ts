import { startGateway, type TestGateway } from '../../../testkit/gateway.ts';
import { client, startProvider, type ProviderOptions, type TestProvider } from '../../../testkit/openid/provider.ts';
import { startUpstream, type Upstream } from '../../../testkit/upstream.ts';
import { freePorts } from '../../../testkit/free-ports.ts';

/** A gateway in front of an application, whose users sign in at a provider. */
export interface App extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly provider: TestProvider;
  readonly upstream: Upstream;
  readonly url: string;
  readonly port: number;
}

/** What a test may choose. */
export interface AppOptions {
  readonly provider?: Partial<ProviderOptions>;
  /** Lines of the oidc section, YAML. */
  readonly oidc?: readonly string[];
  /** Where the policy stands. */
  readonly phase?: 'gateway' | 'route';
  readonly env?: Readonly<Record<string, string>>;
}

const afterLogout = 'http://localhost:9/bye';

/** Starts all three. */
export async function startApp(options: AppOptions): Promise<App> {
  const [port = 0] = await freePorts(1);
  const url = `http://localhost:${port}`;
  const redirectUri = `${url}/oauth/callback`;
  const provider = await startProvider({ redirectUri, postLogoutRedirectUri: afterLogout, ...options.provider });
  const upstream = await startUpstream();
  const gateway = await startGateway({
    yaml: configuration(port, provider, upstream, redirectUri, options),
    env: { OIDC_COOKIE_SECRET: 'ab'.repeat(32), ...options.env },
  });
  const close = async (): Promise<void> => {
    await gateway.close();
    await upstream.close();
    await provider.close();
  };
  return { gateway, provider, upstream, url, port, [Symbol.asyncDispose]: close };
}

function configuration(
  port: number,
  provider: TestProvider,
  upstream: Upstream,
  redirectUri: string,
  { oidc = [], phase = 'route' }: AppOptions,
): string {
  const section = [
    `issuer: ${provider.issuer}`,
    `clientId: ${client.id}`,
    `clientSecret: ${client.secret}`,
    `redirectURI: ${redirectUri}`,
    'scopes: [email]',
    `logoutPath: /logout`,
    `postLogoutRedirectURI: ${afterLogout}`,
    ...oidc,
  ];
  const lines = (indent: string): string => section.map((line) => `${indent}${line}`).join('\n');
  return `
binds:
- port: ${port}
  listeners:
  - ${phase === 'gateway' ? `policies:\n      oidc:\n${lines('        ')}\n    ` : ''}routes:
    - policies:
${phase === 'route' ? `        oidc:\n${lines('          ')}\n` : ''}        transformations:
          request: { set: { x-user: jwt.sub, x-email: jwt.email } }
      backends:
      - host: ${upstream.host}
`;
}
