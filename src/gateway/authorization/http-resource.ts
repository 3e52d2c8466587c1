import { httpMethods } from '../../expr/cedar/waygate-schema.ts';
import { cameIn } from '../attributes/proxy-attributes.ts';
import type { Exchange } from '../exchange.ts';
import type { CompiledListener, CompiledRoute } from '../snapshot/snapshot.ts';
import type { Resource } from './authorizer.ts';

const actions: ReadonlyMap<string, string> = new Map(httpMethods.map((method) => [method, `http:${method}`]));

/** The action of a request as HTTP sees it. */
export function httpAction({ request: { method } }: Exchange): string {
  return actions.get(method) ?? 'http:other';
}

/** The resource that everything behind a route is in. */
export function routeParent(x: Exchange): Resource['parents'][number] {
  const route = x.route ?? cameIn.get(x)?.route;
  return { type: 'Route', id: route === undefined ? '' : `${route.namespace}/${route.name}` };
}

/** Makes the resource of requests as HTTP sees them: the route, or while none is chosen the gateway. */
export class HttpResources {
  readonly #made: WeakMap<CompiledRoute | CompiledListener, Resource> = new WeakMap();

  of({ route, listener }: Exchange): Resource {
    if (listener === null) return nowhere;
    const place = route ?? listener;
    let resource = this.#made.get(place);
    if (resource === undefined) {
      resource = route === null ? gatewayResource(listener) : routeResource(route, listener);
      this.#made.set(place, resource);
    }
    return resource;
  }
}

const nowhere: Resource = { type: 'Gateway', id: '', attributes: {}, parents: [] };

function gatewayResource({ gatewayName, gatewayNamespace, name }: CompiledListener): Resource {
  return {
    type: 'Gateway',
    id: `${gatewayNamespace}/${gatewayName}`,
    attributes: { name: gatewayName, namespace: gatewayNamespace, listener: name },
    parents: [],
  };
}

function routeResource({ name, namespace, ruleName }: CompiledRoute, listener: CompiledListener): Resource {
  const gateway = gatewayResource(listener);
  return {
    type: 'Route',
    id: `${namespace}/${name}`,
    attributes: { name, namespace, rule: ruleName, gateway: listener.gatewayName, listener: listener.name },
    parents: [{ type: gateway.type, id: gateway.id }],
  };
}
