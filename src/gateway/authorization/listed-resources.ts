import type { Exchange } from '../exchange.ts';
import type { Resource } from './authorizer.ts';
import { routeParent } from './http-resource.ts';

/** The resources of things that lists show again and again: made once for each route and method. */
export class ListedResources<T extends object> {
  readonly #make: (x: Exchange, item: T, method: string) => Resource;
  readonly #made: WeakMap<T, { readonly route: string; readonly method: string; readonly resource: Resource }> =
    new WeakMap();

  constructor(make: (x: Exchange, item: T, method: string) => Resource) {
    this.#make = make;
  }

  of(x: Exchange, item: T, method: string): Resource {
    const route = routeParent(x).id;
    const made = this.#made.get(item);
    if (made !== undefined && made.route === route && made.method === method) return made.resource;
    const resource = this.#make(x, item, method);
    this.#made.set(item, { route, method, resource });
    return resource;
  }
}
