/** How resource URIs and URI templates of several targets become those of one server. */
import type { Naming, Route } from './names.ts';
import { exposeUri, isWebUri, mayStayBare } from './uris.ts';

/** URIs, or URI templates, of one list over all targets. */
export interface UriTable {
  /** For each target and item what clients see. */
  readonly shown: readonly (readonly string[])[];
  /**
   * Where URIs lead that do not say their target, and with `onClash` all that are shown. What says its target leads there
   * without a table.
   */
  readonly routes: ReadonlyMap<string, Route>;
}

/**
 * Names all items: each says its target, or with `onClash` only what another target has before it. The result depends on
 * the naming and on the order of targets only, so that all workers come to the same one.
 */
export function nameUris({ targets, prefixMode }: Naming, uris: readonly (readonly string[])[]): UriTable {
  const routes = new Map<string, Route>();
  const bare = prefixMode === 'onClash';
  if (targets.length < 2) return { shown: uris, routes };
  const shown = uris.map((own, target) =>
    own.map((uri) => {
      const route = { target, name: uri };
      const mayBeBare = bare ? mayStayBare(targets, uri) : isWebUri(uri);
      if (mayBeBare && !routes.has(uri)) routes.set(uri, route);
      if (bare && mayBeBare && routes.get(uri)?.target === target) return uri;
      const full = exposeUri(targets[target] ?? '', uri);
      if (bare) routes.set(full, route);
      return full;
    }),
  );
  return { shown, routes };
}
