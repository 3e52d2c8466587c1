/** Resource URIs of several targets in one space: `target+uri`, and `ui://target+rest` for MCP Apps views. */

const APP_SCHEME = 'ui://';

/** The URI as clients see it. */
export function exposeUri(target: string, uri: string): string {
  return uri.startsWith(APP_SCHEME) ? `${APP_SCHEME}${target}+${uri.slice(APP_SCHEME.length)}` : `${target}+${uri}`;
}

/** The target (its index) and its own URI for one that a client names; null when no target's. */
export function ownUri(targets: readonly string[], uri: string): { target: number; uri: string } | null {
  const scheme = uri.startsWith(APP_SCHEME) ? APP_SCHEME : '';
  for (const [target, name] of targets.entries()) {
    if (uri.startsWith(`${name}+`, scheme.length)) {
      return { target, uri: scheme + uri.slice(scheme.length + name.length + 1) };
    }
  }
  return null;
}
