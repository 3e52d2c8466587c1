/**
 * One gateway on `$PORT` with one route for everything.
 *
 * @param policies The route's policies as YAML flow or block text; '' for none.
 * @param backends Hosts, or backends as YAML flow text.
 * @param extra Further root keys as YAML text.
 */
export function oneRoute(policies: string, backends: string | readonly string[] = [], extra = ''): string {
  const list = typeof backends === 'string' ? [backends] : backends;
  const items = list.map((backend) => (backend.startsWith('{') ? backend : `{ host: "${backend}" }`));
  return `${extra}
gateways:
  default: { port: $PORT, address: ["127.0.0.1"] }
routes:
- name: only
  policies: ${policies === '' ? '{}' : policies}
  backends: [${items.join(', ')}]
`;
}
