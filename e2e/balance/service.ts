import { startUpstream, type Answer, type Upstream } from '../../testkit/upstream.ts';

/** An upstream that says its own name. */
export function startNamed(name: string): Promise<Upstream> {
  return startUpstream(saying(name));
}

/** Answers with a name. */
export function saying(name: string): Answer {
  return (_request, response) => response.end(name);
}

/** Answers with a status. */
export function failing(status = 500, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_request, response) => response.writeHead(status, headers).end('failed');
}

/** One endpoint of the service. */
export interface Place {
  readonly port: number;
  readonly more?: string;
}

/** A gateway with one route to one service with these endpoints. */
export function serviceConfig(
  places: readonly Place[],
  {
    policies = '',
    route = '',
    service = '',
    config = '',
  }: Readonly<Partial<Record<'policies' | 'route' | 'service' | 'config', string>>> = {},
): string {
  const workloads = places.map(
    ({ port, more = '' }, index) =>
      `- { name: w${index}, namespace: default, workloadIps: [127.0.0.1], services: { default/echo.test: { 80: ${port} } }${more} }`,
  );
  return `${config}
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
services:
- { name: echo, namespace: default, hostname: echo.test, vips: [], ports: { 80: 0 }${service} }
${workloads.length === 0 ? '' : 'workloads:\n'}${workloads.join('\n')}
routes:
- policies: { ${route} }
  backends:
  - { service: { name: default/echo.test, port: 80 }, policies: { ${policies} } }
`;
}
